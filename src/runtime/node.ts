/** The engine in Node. */

import type { Backend } from './backend.ts';
import { bindingBackend } from './node-binding.ts';
import { capiBackend } from './node-capi.ts';

/**
 * ONNX Runtime by its C API, or by the binding of `onnxruntime-node` where koffi or the library does not load.
 * `HEDDLE_RUNTIME=binding` asks for the binding.
 */
export function nodeBackend(): Backend {
  if (process.env.HEDDLE_RUNTIME === 'binding') return bindingBackend();
  try {
    return capiBackend();
  } catch {
    return bindingBackend();
  }
}
