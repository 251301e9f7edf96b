/** The browser's worker: it answers each call of `calls.ts` with one reply. */

import { EngineError } from '../engine-error.ts';
import { type Reply, type Request, ready } from './calls.ts';
import { ortEngine } from './engine.ts';
import { serve } from './serve.ts';
import type { Ort } from './start.ts';

/**
 * Answers every call from the page. Does nothing in a thread of ONNX Runtime's pool, which loads the same script.
 *
 * @throws {EngineError} outside a worker.
 */
export function answerCalls(ort: Ort): void {
  if (!('self' in globalThis) || 'document' in globalThis) {
    throw new EngineError('heddle/worker: expected to be the script of a worker in a browser');
  }
  if (self.name.startsWith('em-pthread')) return;
  const engine = ortEngine(ort, (message) =>
    globalThis.postMessage({ id: 0, error: { name: 'EngineError', message } } satisfies Reply),
  );
  globalThis.addEventListener(
    'message',
    (event: MessageEvent<Request>) =>
      void serve(engine, event.data, (reply, transfer) => globalThis.postMessage(reply, { transfer })),
  );
  globalThis.postMessage(ready);
}
