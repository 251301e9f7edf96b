/** ONNX Runtime in the browser, by `onnxruntime-web`. */

import { backendOf, type WebBackend, type WebOptions } from './web-backend.ts';

export { EngineError } from './engine-error.ts';
export type { WebBackend, WebOptions } from './web-backend.ts';

/**
 * ONNX Runtime in WebAssembly.
 *
 * In a browser everything runs in a worker of ours, `heddle/worker`, so the page stays alive during a run. ONNX Runtime's
 * own proxy (`env.wasm.proxy`) is not used: it takes the fed arrays away from their owner, loads the whole page script a
 * second time as its worker once that is bundled, and has no place to keep a result. In our worker a kept output stays in
 * its memory. In Node the engine runs in the calling thread, which a run then blocks.
 *
 * Feeds are copied out of their arrays, which remain the caller's. `into` is not written: outputs always come back as
 * new tensors. Threads need a page that is cross-origin isolated (headers `Cross-Origin-Opener-Policy: same-origin` and
 * `Cross-Origin-Embedder-Policy: require-corp`); without them there is one. ONNX Runtime has one pool for all its
 * sessions here, so `threads` is an option of the backend, and `compile`'s is not used.
 *
 * @throws {EngineError} at `compile`, when the worker or ONNX Runtime does not start; the next `compile` tries again.
 * @throws {InputError} at `compile`, in Node, when this thread already runs the engine with other settings.
 */
export function webBackend(options: WebOptions = {}): WebBackend {
  return backendOf('wasm', startWorker, options);
}

function startWorker(): Worker {
  return new Worker(new URL('./web-worker.js', import.meta.url), { type: 'module', name: 'heddle-engine' });
}
