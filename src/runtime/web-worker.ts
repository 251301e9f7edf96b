/** The worker in which the engine runs in a browser: answers the calls of `web-calls.ts`, one reply for each. */

import type { Calls, Engine, Reply, Request } from './web-calls.ts';
import { ortEngine } from './web-engine.ts';

function answer(reply: Reply, transfer: Transferable[] = []): void {
  globalThis.postMessage(reply, { transfer });
}

/** The memory of results is handed over, not copied. */
function memory(value: Calls[keyof Calls]['out']): Transferable[] {
  const parts: unknown[] = Object.values(value ?? {});
  return parts.flatMap((part) => {
    if (typeof part !== 'object' || part === null || !('data' in part) || !ArrayBuffer.isView(part.data)) return [];
    return part.data.buffer instanceof ArrayBuffer ? [part.data.buffer] : [];
  });
}

async function serve<K extends keyof Calls>(engine: Engine, { id, call, argument }: Request<K>): Promise<void> {
  try {
    const value = await engine[call](argument);
    answer({ id, value }, memory(value));
  } catch (error) {
    answer({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

// A bundler may put ONNX Runtime into this very file, which then is loaded again for each thread of its pool.
if (!self.name.startsWith('em-pthread')) {
  const engine = ortEngine();
  globalThis.addEventListener('message', (event: MessageEvent<Request>) => void serve(engine, event.data));
}
