/**
 * JSON lines between the bench and a process that measures, as `python/README.md` describes them; this is Heddle's
 * side of what `python/protocol.py` is for Python.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

/** Milliseconds since the process began, the imports counted. */
export const sinceStart = () => rounded(performance.now());

/** Largest resident set of this process so far, in 10⁶ bytes. */
export function peakMegabytes() {
  return rounded((statusKilobytes() ?? process.resourceUsage().maxRSS) * 1.024e-3);
}

/** `VmHWM` where the system has /proc: unlike `maxRSS` it does not begin with what the parent had when it forked. */
function statusKilobytes() {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

const rounded = (x) => Math.round(x * 1000) / 1000;
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/**
 * Answers requests until stdin ends. `iteration(request)` runs once for each that is asked for; its time is what is
 * measured, and the numbers it returns are gathered into lists beside `ms`.
 */
export async function serve(hello, iteration) {
  say({ ready: true, ...hello });
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    if (request.stop) break;
    const reply = { ms: [] };
    for (let i = 0; i < request.run; i++) {
      const begin = performance.now();
      const result = await iteration(request);
      reply.ms.push(rounded(performance.now() - begin));
      for (const [name, value] of Object.entries(result)) (reply[name] ??= []).push(value);
    }
    say({ ...reply, peak_rss_mb: peakMegabytes() });
  }
  process.exit();
}
