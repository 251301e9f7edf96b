/** The engine in Node. */

import { createRequire } from 'node:module';
import { InputError } from '../io/error.ts';
import type { Backend } from './backend.ts';
import { chosenEngine, type EngineName } from './engine-name.ts';
import { bindingBackend } from './node/binding.ts';
import { capiBackend } from './node/capi.ts';
import { openVinoBackend, pluginBackendAt } from './node/plugin/plugin.ts';
import { wasmBackend } from './node/wasm.ts';

/** How each engine is opened; `path` is what follows its name. */
const engines: Readonly<Record<EngineName, (path?: string) => Backend>> = {
  cpu: () => capiBackend(),
  binding: bindingBackend,
  wasm: wasmBackend,
  openvino: openVinoBackend,
  plugin: (path = '') => pluginBackendAt(path),
};

/** The engine used where none is named: chosen once per process, so a warning appears once. */
let usual: (() => Backend) | undefined;

/**
 * The engine with a name; `HEDDLE_ENGINE` has the name where `engine` is absent.
 *
 * - `cpu`: ONNX Runtime through its C API.
 * - `binding`: the same library through the binding of `onnxruntime-node`, which blocks the JavaScript thread.
 * - `wasm`: ONNX Runtime in WebAssembly.
 * - `openvino`, `openvino:PATH`: the plugin of OpenVINO; PATH is its library, its package or its wheel. Without PATH it is
 *   looked for among unpacked wheels and in an active virtual environment.
 * - `plugin:PATH`: any plugin of ONNX Runtime.
 *
 * If no engine is named, it is `cpu`; if that does not load, `binding`, and if that does not load, `wasm`, each with a
 * warning. A plugin is never used without being named.
 *
 * @throws {InputError} for an unknown name, or a plugin that is not there or does not load.
 * @throws {Error} when another engine that is named does not load.
 */
export function nodeBackend(engine?: string): Backend {
  const fromEnvironment = process.env.HEDDLE_ENGINE;
  if (process.env.HEDDLE_RUNTIME) throw new InputError('HEDDLE_RUNTIME is now HEDDLE_ENGINE, and "capi" is "cpu"');
  const wanted = engine ?? fromEnvironment;
  if (!wanted && engine === undefined) {
    usual ??= choose();
    return usual();
  }
  const { name, path } = chosenEngine(wanted ?? '', engine === undefined ? 'HEDDLE_ENGINE' : 'engine');
  return engines[name](path);
}

/** The first engine that loads, with a warning for any but the best. */
function choose(): () => Backend {
  const capi = failure(engines.cpu);
  if (capi === undefined) return engines.cpu;
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
