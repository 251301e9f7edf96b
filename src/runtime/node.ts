/** The engine in Node. */

import { InputError } from '../io/error.ts';
import type { Backend } from './backend.ts';
import { bindingBackend } from './node-binding.ts';
import { capiBackend } from './node-capi.ts';

/**
 * ONNX Runtime by its C API, or, with a warning, by the binding of `onnxruntime-node` where koffi or the library does
 * not load. `HEDDLE_RUNTIME=capi` or `binding` asks for one of them and no other.
 *
 * @throws {InputError} when `HEDDLE_RUNTIME` has another value.
 * @throws {Error} when the engine asked for does not load.
 */
export function nodeBackend(): Backend {
  const wanted = process.env.HEDDLE_RUNTIME || undefined;
  if (wanted === 'binding') return bindingBackend();
  if (wanted === 'capi') return capiBackend();
  if (wanted !== undefined) throw new InputError(`HEDDLE_RUNTIME: must be "capi" or "binding", got "${wanted}"`);
  try {
    return capiBackend();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`ONNX Runtime runs by its binding, which blocks the JavaScript thread: ${reason}`);
    return bindingBackend();
  }
}
