/** The engine's side of a worker: answers calls. */

import type { Calls, Engine, Reply, Request } from './calls.ts';

/** Sends a reply; the memory in `transfer` is transferred, not copied. */
export type Answer = (reply: Reply, transfer: ArrayBuffer[]) => void;

/** The memory of results. */
function memory(value: Calls[keyof Calls]['out']): ArrayBuffer[] {
  const parts: unknown[] = Object.values(value ?? {});
  return parts.flatMap((part) => {
    if (typeof part !== 'object' || part === null || !('data' in part) || !ArrayBuffer.isView(part.data)) return [];
    return part.data.buffer instanceof ArrayBuffer ? [part.data.buffer] : [];
  });
}

/** Executes a call and answers it once, with its result or its error. */
export async function serve<K extends keyof Calls>(
  engine: Engine,
  { id, call, argument }: Request<K>,
  answer: Answer,
): Promise<void> {
  try {
    const value = await engine[call](argument);
    answer({ id, value }, memory(value));
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    answer({ id, error: { name, message } }, []);
  }
}
