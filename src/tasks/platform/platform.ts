import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import type { WeightDtype } from '../../models/folder/quantization.ts';
import type { Backend } from '../../runtime/backend.ts';
import { withLowMemory } from '../../runtime/low-memory.ts';
import type { CallLimits } from '../model/call-limit.ts';
import { forDtype, type ModelDtype } from '../model/model-dtype.ts';

/** What differs between Node and the browser: where folders are and which engine is used. */
export interface Platform {
  /** The folder at a path or address. */
  folder(path: string): Folder;
  /** The engine with a name, by default the usual one. @throws {InputError} when it is unknown here or does not load. */
  backend(engine?: string): Backend;
}

/** How to open a model. */
export interface ModelSourceOptions {
  /** The engine; default: the platform's own. */
  readonly backend?: Backend | undefined;
  /** The engine by its name, such as `openvino` in Node, in place of `backend`. */
  readonly engine?: string | undefined;
  /**
   * Allows regular expressions in `tokenizer.json` that may not run in linear time. A short text can keep such an
   * expression busy forever, so allow them only for a model that you trust. Default false.
   */
  readonly allow_unsafe_patterns?: boolean | undefined;
  /**
   * Keeps only one copy of the weights in memory. By default the engine has a second copy, in the order in which it reads it: faster for few rows, but nearly twice the memory. Default false.
   */
  readonly low_memory?: boolean | undefined;
  /**
   * How the model computes: `fp32`; `int8`, whose matrices need a quarter of the memory, and rows are rounded too, each with its own scale; or `bf16`, in bfloat16 where the engine's rule allows it, for the engine `openvino`. Default: the type of the folder's weights.
   */
  readonly dtype?: ModelDtype | undefined;
  /** The most that a caller may request from a pipeline, for servers with unknown callers. */
  readonly limits?: CallLimits | undefined;
}

/** Where a model comes from and what runs it. */
export interface ModelSource extends Pick<ModelSourceOptions, 'allow_unsafe_patterns' | 'limits'> {
  readonly folder: Folder;
  readonly backend: Backend;
  /** The type of the model's matrices; undefined: that of the folder. */
  readonly dtype?: WeightDtype | undefined;
}

/** What was given in place of a folder, for an error: `""`, `undefined`, `URL`. */
function kindOf(given: unknown): string {
  if (given === '') return '""';
  return typeof given === 'object' ? Object.prototype.toString.call(given).slice(8, -1) : typeof given;
}

/**
 * Opens a folder given as a path, an address or a {@link Folder}.
 *
 * @throws {InputError} for anything else, an engine that is unknown or does not load, or a `dtype` that is unknown or that the
 *   engine does not have.
 */
export function modelSource(
  platform: Platform,
  folder: string | Folder,
  { backend: given, engine, allow_unsafe_patterns, low_memory = false, limits, dtype }: ModelSourceOptions = {},
): ModelSource {
  if (folder === '' || (typeof folder !== 'string' && typeof folder?.read !== 'function')) {
    throw new InputError(`model: expected a folder, its path or its address as a text, got ${kindOf(folder)}`);
  }
  if (given && engine !== undefined) throw new InputError('model: expected a backend or an engine, got both');
  const { backend, ...weights } = forDtype(given ?? platform.backend(engine), dtype);
  return {
    folder: typeof folder === 'string' ? platform.folder(folder) : folder,
    backend: low_memory ? withLowMemory(backend) : backend,
    allow_unsafe_patterns,
    limits,
    ...weights,
  };
}
