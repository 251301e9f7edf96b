/** ONNX Runtime in the browser, through `onnxruntime-web`. */

import { backendOf, type WebBackend, type WebOptions } from './web/backend.ts';

export { EngineError, SpentProgramError } from './engine-error.ts';
export type { WebBackend, WebOptions } from './web/backend.ts';

/**
 * ONNX Runtime in WebAssembly.
 *
 * In a browser everything runs in Heddle's own worker, `heddle/worker`, so the page stays responsive during a run. ONNX
 * Runtime's own proxy (`env.wasm.proxy`) is not used: it takes fed arrays away from their owner, loads the whole
 * bundled page script again as its worker, and cannot keep results. In Heddle's worker, kept outputs stay in the
 * worker's memory. In Node the engine runs in the calling thread and blocks it during a run.
 *
 * Feeds are copied; their arrays remain the caller's. `into` tensors are not written: outputs are always new tensors.
 * Threads need a cross-origin isolated page (headers `Cross-Origin-Opener-Policy: same-origin` and
 * `Cross-Origin-Embedder-Policy: require-corp`); without isolation there is one thread. All sessions share one pool, so
 * `threads` is an option of the backend, and that of `compile` is not used.
 *
 * @throws {EngineError} at `compile`, when the worker or ONNX Runtime does not start; the next `compile` tries again.
 * @throws {InputError} at `compile`, in Node, when this thread already runs the engine with other settings.
 */
export function webBackend(options: WebOptions = {}): WebBackend {
  return backendOf({ name: 'wasm', provider: 'wasm', start: startWorker }, options);
}

function startWorker(): Worker {
  return new Worker(new URL('./web-worker.js', import.meta.url), { type: 'module', name: 'heddle-engine' });
}
