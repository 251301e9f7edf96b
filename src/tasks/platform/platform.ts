import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import type { WeightDtype } from '../../models/folder/quantization.ts';
import type { Backend } from '../../runtime/backend.ts';
import { withLowMemory } from '../../runtime/low-memory.ts';
import type { CallLimits } from '../model/call-limit.ts';

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
   * The type of the model's matrices: `fp32`, or `int8`, a quarter of the memory and faster; rows are rounded too, each with its own scale. Default: that of the folder.
   */
  readonly dtype?: WeightDtype | undefined;
  /** The most that a caller may request from a pipeline, for servers with unknown callers. */
  readonly limits?: CallLimits | undefined;
}

/** Where a model comes from and what runs it. */
export interface ModelSource extends Pick<ModelSourceOptions, 'allow_unsafe_patterns' | 'limits' | 'dtype'> {
  readonly folder: Folder;
  readonly backend: Backend;
}

/**
 * Opens a folder given as a path, an address or a {@link Folder}.
 *
 * @throws {InputError} for anything else, or an engine that is unknown or does not load.
 */
export function modelSource(
  platform: Platform,
  folder: string | Folder,
  { backend: given, engine, allow_unsafe_patterns, low_memory = false, limits, dtype }: ModelSourceOptions = {},
): ModelSource {
  if (!folder || (typeof folder !== 'string' && typeof folder !== 'object')) {
    throw new InputError(
      `model: expected a folder, its path or its address, got ${folder === '' ? '""' : typeof folder}`,
    );
  }
  if (given && engine !== undefined) throw new InputError('model: expected a backend or an engine, got both');
  const backend = given ?? platform.backend(engine);
  return {
    folder: typeof folder === 'string' ? platform.folder(folder) : folder,
    backend: low_memory ? withLowMemory(backend) : backend,
    allow_unsafe_patterns,
    limits,
    dtype,
  };
}
