/** Sessions of ONNX Runtime's C API: made, described, released. */

import { InputError } from '../io/error.ts';
import type { Address, OrtLibrary } from './node-ort-library.ts';
import { dimensions } from './node-ort-value.ts';
import { elementTypes, ortEnum } from './ort-api-table.ts';
import { hostArrays, isHostType, type Signature, type TensorSignature } from './signature.ts';

/**
 * When idle threads of a session spin instead of sleeping, as configuration entries.
 *
 * Two cores, two threads, milliseconds of a run, one session alone and two in turn (180 small operators; six large
 * ones): always 6.6, 11 and 72, 100; during runs 6.6, 6.6 and 70, 70; never 8.4, 8.2 and 72, 72. `always` is the
 * engine's default: a session's threads go on spinning after its run and take a core from the next session.
 *
 * Source: onnxruntime_session_options_config_keys.h.
 */
const spinningEntries = {
  always: [],
  'during runs': [['session.force_spinning_stop', '1']],
  never: [['session.intra_op.allow_spinning', '0']],
} as const;

export interface SessionOptions {
  /** Threads inside one operator; all cores when absent. */
  readonly threads?: number;
  /** When idle threads spin: `during runs` when absent. */
  readonly spinning?: keyof typeof spinningEntries;
}

/**
 * Makes a session on another thread.
 *
 * Without memory patterns, which hold one more block for every shape that was ever fed: half as much memory again in a
 * training, and no faster.
 *
 * @throws {Error} with the library's message.
 */
export async function createSession(library: OrtLibrary, model: Uint8Array, options: SessionOptions): Promise<Address> {
  const settings = library.get('CreateSessionOptions');
  try {
    library.call('SetSessionLogSeverityLevel', settings, ortEnum.logFatal);
    library.call('SetSessionGraphOptimizationLevel', settings, ortEnum.optimizeAll);
    library.call('SetInterOpNumThreads', settings, 1);
    library.call('DisableMemPattern', settings);
    if (options.threads !== undefined) library.call('SetIntraOpNumThreads', settings, options.threads);
    for (const [key, value] of spinningEntries[options.spinning ?? 'during runs']) {
      library.call('AddSessionConfigEntry', settings, key, value);
    }
    const out = new BigUint64Array(new ArrayBuffer(8));
    await library.callAsync('CreateSessionFromArray', [library.env, model, model.byteLength, settings, out]);
    return out[0];
  } finally {
    library.call('ReleaseSessionOptions', settings);
  }
}

/** Frees a session on another thread. Nothing of it may be in flight. */
export async function releaseSession(library: OrtLibrary, session: Address): Promise<void> {
  await library.callAsync('ReleaseSession', [session]);
  await library.trim();
}

/** What a session takes and gives. @throws {InputError} when that is not a tensor of a host type. */
export function signatureOf(library: OrtLibrary, session: Address): Signature {
  const side = (kind: 'Input' | 'Output'): ReadonlyMap<string, TensorSignature> => {
    const count = Number(library.get(`SessionGet${kind}Count`, session));
    const signatures = Array.from({ length: count }, (_, index) => {
      const name = ownText(library, library.get(`SessionGet${kind}Name`, session, index, library.allocator));
      const info = library.get(`SessionGet${kind}TypeInfo`, session, index);
      try {
        return tensorSignature(library, name, library.get('CastTypeInfoToTensorInfo', info));
      } finally {
        library.call('ReleaseTypeInfo', info);
      }
    });
    return new Map(signatures.map((signature) => [signature.name, signature]));
  };
  return { inputs: side('Input'), outputs: side('Output') };
}

/** `info` is null for what is no tensor. */
function tensorSignature(library: OrtLibrary, name: string, info: Address): TensorSignature {
  const type = info ? elementTypes[Number(library.get('GetTensorElementType', info))] : 'no tensor';
  if (!isHostType(type)) {
    throw new InputError(`compile: "${name}" must be ${Object.keys(hostArrays).join(', ')}, got ${type}`);
  }
  const sizes = dimensions(library, info);
  const names = new BigUint64Array(sizes.length);
  if (sizes.length) library.call('GetSymbolicDimensions', info, names, sizes.length);
  return { name, type, shape: sizes.map((size, axis) => (size >= 0 ? size : library.text(names[axis]) || '?')) };
}

/** A string that the library allocated for the caller: reads and frees it. */
function ownText(library: OrtLibrary, address: Address): string {
  try {
    return library.text(address);
  } finally {
    library.call('AllocatorFree', library.allocator, address);
  }
}
