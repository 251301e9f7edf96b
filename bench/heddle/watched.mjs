/**
 * Loaded before a server (`node --import`): answers its parent's messages with the longest event-loop gap, the longest work
 * between two turns of the loop in ms of processor time (where others use the cores, the gap has their time in it), and the memory.
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

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

/** What is in use: a collection returns memory a little later. */
async function settledMemory() {
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.();
    await wait(300);
  }
  return process.memoryUsage.rss() / 2 ** 20;
}

process.on('message', async (ask) => {
  const gap = Math.max(0, delays.max / 1e6 - resolution);
  const longestWork = work;
  process.send({ gap, work: longestWork, rss: await settledMemory() });
  if (ask !== 'reset') return;
  delays.reset();
  work = 0;
  last = processorTime();
});
process.channel.unref();
