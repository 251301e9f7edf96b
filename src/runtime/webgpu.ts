/** ONNX Runtime on WebGPU, by `onnxruntime-web/webgpu`. */

import { backendOf, type WebBackend, type WebOptions } from './web-backend.ts';

export { EngineError } from './engine-error.ts';
export type { WebBackend, WebOptions } from './web-backend.ts';

/**
 * ONNX Runtime on WebGPU, in a browser that has it; otherwise as `webBackend`.
 *
 * It has an entry of its own since its WebAssembly is twice as large: only who imports it has it in a bundle.
 *
 * @throws {EngineError} at `compile`, when there is no WebGPU, or as `webBackend`.
 */
export function webGpuBackend(options: WebOptions = {}): WebBackend {
  return backendOf('webgpu', startWorker, options);
}

function startWorker(): Worker {
  return new Worker(new URL('./webgpu-worker.js', import.meta.url), { type: 'module', name: 'heddle-engine' });
}
