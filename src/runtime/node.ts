/** The engine in Node. */

import { createRequire } from 'node:module';
import { InputError } from '../io/error.ts';
import type { Backend } from './backend.ts';
import { bindingBackend } from './node-binding.ts';
import { capiBackend } from './node-capi.ts';
import { wasmBackend } from './node-wasm.ts';

/** The engines by their values of `HEDDLE_RUNTIME`, the best first. */
const engines = { capi: capiBackend, binding: bindingBackend, wasm: wasmBackend } as const;

/** What is chosen where `HEDDLE_RUNTIME` asks for none: once in a process, and so warned of once. */
let chosen: (() => Backend) | undefined;

/**
 * ONNX Runtime by its C API; with a warning, by the binding of `onnxruntime-node` where koffi does not load, and in
 * WebAssembly where `onnxruntime-node` does not. `HEDDLE_RUNTIME=capi`, `binding` or `wasm` asks for one of them and no
 * other, without a warning.
 *
 * @throws {InputError} when `HEDDLE_RUNTIME` has another value.
 * @throws {Error} when the engine asked for does not load.
 */
export function nodeBackend(): Backend {
  const wanted = process.env.HEDDLE_RUNTIME;
  if (!wanted) {
    chosen ??= choose();
    return chosen();
  }
  if (isEngine(wanted)) return engines[wanted]();
  throw new InputError(`HEDDLE_RUNTIME: must be "capi", "binding" or "wasm", got "${wanted}"`);
}

const isEngine = (name: string): name is keyof typeof engines => Object.hasOwn(engines, name);

/** The first engine that loads here, with a warning for any but the best. */
function choose(): () => Backend {
  const capi = failure(engines.capi);
  if (capi === undefined) return engines.capi;
  const binding = failure(engines.binding);
  if (binding === undefined) {
    process.emitWarning(`ONNX Runtime runs by its binding, which blocks the JavaScript thread: ${capi}`);
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

/** What to do where the package is not there: npm removes an optional dependency whose install script failed. */
function remedy(): string | undefined {
  try {
    createRequire(import.meta.url).resolve('onnxruntime-node');
    return undefined;
  } catch {
    return (
      'onnxruntime-node is not installed. Its install script fails where it cannot download its files for GPUs, which ' +
      'Heddle does not need; "ONNXRUNTIME_NODE_INSTALL=skip npm install" installs it without them'
    );
  }
}
