/** ONNX Runtime on WebGPU, through `onnxruntime-web/webgpu`. */

import { backendOf, type WebBackend, type WebOptions } from './web/backend.ts';

export { EngineError, SpentProgramError } from './engine-error.ts';
export type { WebBackend, WebOptions } from './web/backend.ts';

/**
 * Operators that ONNX Runtime's WebGPU has not, or not exact to float32 (`Sin`, `Cos`), and that graphs can do without.
 * What else it has not runs on WebAssembly, with copies between.
 */
const missing = new Set(['com.microsoft.FusedMatMul', 'LogSoftmax', 'Sign', 'Sin', 'Cos']);

/**
 * ONNX Runtime on WebGPU, in browsers that support it; otherwise like `webBackend`. It never falls back to WebAssembly
 * silently: where there is no GPU, it does not start.
 *
 * Results that are kept stay in the GPU's memory. If the GPU is lost, calls in flight fail, programs and kept tensors are
 * gone, and the next `compile` starts anew. It has its own entry because its WebAssembly is twice as large: only bundles
 * that import it contain it.
 *
 * @throws {EngineError} at `compile`, when there is no WebGPU or no GPU, or as `webBackend`.
 */
export function webGpuBackend(options: WebOptions = {}): WebBackend {
  return backendOf({ name: 'webgpu', provider: 'webgpu', start: startWorker, missing }, options);
}

function startWorker(): Worker {
  return new Worker(new URL('./webgpu-worker.js', import.meta.url), { type: 'module', name: 'heddle-engine' });
}
