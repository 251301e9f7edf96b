/** ONNX Runtime on WebGPU, through `onnxruntime-web/webgpu`. */

import { backendOf, type WebBackend, type WebOptions } from './web/backend.ts';

export { EngineError } from './engine-error.ts';
export type { WebBackend, WebOptions } from './web/backend.ts';

/**
 * ONNX Runtime on WebGPU, in browsers that support it; otherwise like `webBackend`.
 *
 * It has its own entry because its WebAssembly is twice as large: only bundles that import it contain it.
 *
 * @throws {EngineError} at `compile`, when there is no WebGPU, or as `webBackend`.
 */
export function webGpuBackend(options: WebOptions = {}): WebBackend {
  return backendOf('webgpu', startWorker, options);
}

function startWorker(): Worker {
  return new Worker(new URL('./webgpu-worker.js', import.meta.url), { type: 'module', name: 'heddle-engine' });
}
