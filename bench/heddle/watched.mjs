/**
 * Loaded before a server (`node --import`): answers its parent's messages with the longest event-loop gap, the longest work
 * between two turns of the loop in ms of processor time (where others use the cores, the gap has their time in it), and the memory.
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolution = 5;
const delays = monitorEventLoopDelay({ resolution });
delays.enable();

/** Ms that the main thread has run, where Linux tells. */
function processorTime() {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return Number.NaN;
  }
}

let last = processorTime();
let work = 0;
setInterval(() => {
  const now = processorTime();
  work = Math.max(work, now - last);
  last = now;
}, resolution).unref();

process.on('message', (ask) => {
  const gap = Math.max(0, delays.max / 1e6 - resolution);
  globalThis.gc?.();
  process.send({ gap, work, rss: process.memoryUsage.rss() / 2 ** 20 });
  if (ask !== 'reset') return;
  delays.reset();
  work = 0;
  last = processorTime();
});
process.channel.unref();
