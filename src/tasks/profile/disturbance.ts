import { cpus } from 'node:os';

/** How the cores of the machine were used for a while, as shares of all of their time. */
export interface ProcessorUse {
  /** By other processes. */
  readonly others: number;
  readonly idle: number;
}

/** Other programs disturb a measurement if they take more than this share while less than this share is idle. */
const threshold = 0.1;

/**
 * Says that other programs used the processor during a measurement; undefined if they did not. Where cores stay idle,
 * as on a large machine that others use too, they do not disturb.
 *
 * @param uses of the parts of the measurement.
 */
export function disturbanceNote(uses: readonly ProcessorUse[]): string | undefined {
  const disturbed = uses.filter(({ others, idle }) => others > threshold && idle < threshold);
  if (disturbed.length === 0) return undefined;
  const most = Math.round(100 * Math.max(...disturbed.map(({ others }) => others)));
  return `Other programs used ${most} % of the processor during the measurement: all times, rates and shares are unreliable. Measure again on an idle machine.`;
}

const coreTimes = () =>
  cpus().reduce(
    (sum, { times: { user, nice, sys, irq, idle } }) => ({
      busy: sum.busy + user + nice + sys + irq,
      idle: sum.idle + idle,
    }),
    { busy: 0, idle: 0 },
  );

/** The result of some work, and how the cores were used during it. */
export async function withProcessorUse<T>(work: () => Promise<T>): Promise<{ result: T; use: ProcessorUse }> {
  const [before, own] = [coreTimes(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(own);
  const after = coreTimes();
  const [busy, idle] = [after.busy - before.busy, after.idle - before.idle];
  const all = Math.max(1, busy + idle);
  return { result, use: { others: Math.max(0, busy - (user + system) / 1000) / all, idle: idle / all } };
}
