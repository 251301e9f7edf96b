import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, so that another one which later has the same number is not taken for it. */
export interface ProcessMark {
  readonly pid: number;
  readonly host: string;
  /** Where its number counts: a boot of the host and a namespace of processes; null where /proc does not say. */
  readonly space: string | null;
  /** When it was started, in the clock ticks of /proc; null where /proc does not say. */
  readonly start: string | null;
}

function tried<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** State and start time of a process of this host; null where there is no /proc, or no such process. Source: proc_pid_stat(5). */
function statOf(pid: number): { readonly state: string; readonly start: string } | null {
  const text = tried(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (text === null) return null;
  // The second field, a name in parentheses, may hold anything; the third is after its last parenthesis.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? null : { state, start };
}

const spaceHere = (): string | null =>
  tried(() => `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`);

/** The process that runs this. */
export const thisProcess = (): ProcessMark => ({
  pid: process.pid,
  host: hostname(),
  space: spaceHere(),
  start: statOf(process.pid)?.start ?? null,
});

/** Whether the number of a process is one of those that count here; if not, nothing can be said of its life. */
export const isNear = ({ host, space }: ProcessMark): boolean => host === hostname() && space === spaceHere();

/** Whether a process that {@link isNear} still runs. One that has ended and whose parent has not noticed does not. */
export function isRunning({ pid, start }: ProcessMark): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there and another user's.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const stat = statOf(pid);
  if (stat === null) return true;
  return !/[ZX]/.test(stat.state) && (start === null || stat.start === start);
}
