/** The engine in Node. */

import { createRequire } from 'node:module';
import { InputError } from '../io/error.ts';
import type { Backend } from './backend.ts';
import { bindingBackend } from './node/binding.ts';
import { capiBackend } from './node/capi.ts';
import { wasmBackend } from './node/wasm.ts';

/** The engines by their values of `HEDDLE_RUNTIME`, best first. */
const engines = { capi: capiBackend, binding: bindingBackend, wasm: wasmBackend } as const;

/** The engine used without `HEDDLE_RUNTIME`: chosen once per process, so a warning appears once. */
let chosen: (() => Backend) | undefined;

/**
 * ONNX Runtime through its C API. If koffi does not load, the binding of `onnxruntime-node` is used, and if that does
 * not load, WebAssembly, each with a warning. `HEDDLE_RUNTIME=capi`, `binding` or `wasm` selects one of them, without a
 * fallback or warning.
 *
 * @throws {InputError} when `HEDDLE_RUNTIME` has another value.
 * @throws {Error} when the selected engine does not load.
 */
export function nodeBackend(): Backend {
  const wanted = process.env.HEDDLE_RUNTIME;
  if (!wanted) {
    chosen ??= choose();
    return chosen();
  }
  if (isEngine(wanted)) return engines[wanted]();
  throw new InputError(`HEDDLE_RUNTIME: expected "capi", "binding" or "wasm", got "${wanted}"`);
}

const isEngine = (name: string): name is keyof typeof engines => Object.hasOwn(engines, name);

/** The first engine that loads, with a warning for any but the best. */
function choose(): () => Backend {
  const capi = failure(engines.capi);
  if (capi === undefined) return engines.capi;
  const binding = failure(engines.binding);
  if (binding === undefined) {
    process.emitWarning(`ONNX Runtime runs through its binding, which blocks the JavaScript thread: ${capi}`);
    return engines.binding;
  }
  process.emitWarning(`ONNX Runtime runs in WebAssembly, which is several times slower: ${remedy() ?? binding}`);
  return engines.wasm;
}

/** Why an engine does not load: the first line of its error. */
function failure(load: () => Backend): string | undefined {
  try {
    load();
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0];
  }
}

/** The remedy if the package is missing: npm removes an optional dependency whose install script failed. */
function remedy(): string | undefined {
  try {
    createRequire(import.meta.url).resolve('onnxruntime-node');
    return undefined;
  } catch {
    return (
      'onnxruntime-node is not installed. Its install script fails if it cannot download files for GPUs, which ' +
      'Heddle does not need; "ONNXRUNTIME_NODE_INSTALL=skip npm install" installs it without them'
    );
  }
}
