import { InputError } from '../io/error.ts';
import { didYouMean } from '../io/nearest.ts';

/** An engine that can be chosen by its name. */
interface EngineRow {
  /** What it is, in a line. */
  readonly about: string;
  /** Whether the path of a file follows the name: `openvino:PATH`. */
  readonly path: 'never' | 'sometimes' | 'always';
}

/** The engines by name. */
export const engineRows = {
  cpu: { about: 'ONNX Runtime, native; the default', path: 'never' },
  binding: { about: 'the same through the package’s own binding, which blocks the JavaScript thread', path: 'never' },
  wasm: { about: 'ONNX Runtime in WebAssembly', path: 'never' },
  openvino: { about: 'OpenVINO, a plugin of ONNX Runtime for processors by Intel and AMD', path: 'sometimes' },
  plugin: { about: 'any other plugin of ONNX Runtime', path: 'always' },
} as const satisfies Readonly<Record<string, EngineRow>>;

/** The name of an engine, without a path. */
export type EngineName = keyof typeof engineRows;

/** All names, without paths. */
export const engineNames = Object.keys(engineRows) as EngineName[];

/** An engine that a user chose. */
export interface ChosenEngine {
  readonly name: EngineName;
  /** What follows the name after a colon. */
  readonly path?: string;
}

/** How a path after a name is written for readers, and as a regular expression. */
const forms = {
  never: { shown: '', pattern: '' },
  sometimes: { shown: '[:PATH]', pattern: '(?::.+)?' },
  always: { shown: ':PATH', pattern: ':.+' },
} as const;

/** How engines are named: `cpu, …, openvino[:PATH] or plugin:PATH`. */
export const engineForms: string = engineNames
  .map((name) => name + forms[engineRows[name].path].shown)
  .join(', ')
  .replace(/, ([^,]*)$/, ' or $1');

/** The same as a regular expression. */
export const enginePattern = new RegExp(
  `^(?:${engineNames.map((name) => name + forms[engineRows[name].path].pattern).join('|')})$`,
);

/**
 * Reads the name of an engine: `cpu`, `openvino:onnxruntime_ep_openvino.whl`.
 *
 * @param where what the name was given to, for errors: `HEDDLE_ENGINE`.
 * @throws {InputError} for an unknown name, or a path that is missing or one too many.
 */
export function chosenEngine(text: string, where: string): ChosenEngine {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  if (enginePattern.test(text)) {
    return { name: name as EngineName, ...(colon >= 0 && { path: text.slice(colon + 1) }) };
  }
  const near = engineNames.some((known) => known === name) ? '' : didYouMean(name, engineNames);
  if (name === 'webgpu') throw new InputError(`${where}: expected ${engineForms}, got "webgpu", which is for browsers`);
  throw new InputError(`${where}: expected ${engineForms}, got "${text}"${near}`);
}
