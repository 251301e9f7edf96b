import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Identifies a process, so that a later one with the same number is not mistaken for it. */
export interface ProcessMark {
  readonly pid: number;
  readonly host: string;
  /** The boot of the host and the process namespace in which the number is valid; null if /proc does not say. */
  readonly space: string | null;
  /** When it was started, in clock ticks of /proc; null if /proc does not say. */
  readonly start: string | null;
}

function tried<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/**
 * State and start time of a process on this host; null without /proc or without the process. Source: proc_pid_stat(5).
 */
function statOf(pid: number): { readonly state: string; readonly start: string } | null {
  const text = tried(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (text === null) return null;
  // The second field, a name in parentheses, can contain anything; the third follows its last parenthesis.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? null : { state, start };
}

const spaceHere = (): string | null =>
  tried(() => `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`);

/** The current process. */
export const thisProcess = (): ProcessMark => ({
  pid: process.pid,
  host: hostname(),
  space: spaceHere(),
  start: statOf(process.pid)?.start ?? null,
});

/** Whether a process number is valid here; if not, nothing can be said about the process. */
export const isNear = ({ host, space }: ProcessMark): boolean => host === hostname() && space === spaceHere();

/** Whether a process that {@link isNear} still runs. A zombie does not. */
export function isRunning({ pid, start }: ProcessMark): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to another user.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const stat = statOf(pid);
  if (stat === null) return true;
  return !/[ZX]/.test(stat.state) && (start === null || stat.start === start);
}
