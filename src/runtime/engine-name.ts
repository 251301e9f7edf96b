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

/** What is wrong with the name of an engine, or undefined: `expected …, got "openvno"; did you mean "openvino"?`. */
export function engineFault(text: string): string | undefined {
  if (enginePattern.test(text)) return undefined;
  const fault = `expected ${engineForms}, got "${text}"`;
  const [name = ''] = text.split(':');
  if (name === 'webgpu') return `${fault}, which is for browsers`;
  return `${fault}${engineNames.some((known) => known === name) ? '' : didYouMean(name, engineNames)}`;
}

/**
 * Reads the name of an engine: `cpu`, `openvino:onnxruntime_ep_openvino.whl`.
 *
 * @param where what the name was given to, for errors: `HEDDLE_ENGINE`.
 * @throws {InputError} for an unknown name, or a path that is missing or one too many.
 */
export function chosenEngine(text: string, where: string): ChosenEngine {
  const fault = engineFault(text);
  if (fault) throw new InputError(`${where}: ${fault}`);
  const colon = text.indexOf(':');
  if (colon < 0) return { name: text as EngineName };
  return { name: text.slice(0, colon) as EngineName, path: text.slice(colon + 1) };
}
