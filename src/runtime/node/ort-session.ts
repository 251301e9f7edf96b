/** Sessions of ONNX Runtime's C API: creates, describes and releases them. */

import { availableParallelism } from 'node:os';
import type { CompileOptions } from '../backend.ts';
import { type Signature, signaturesOf, type TensorSignature, type ValueDescription } from '../signature.ts';
import { slowFusions } from '../slow-fusions.ts';
import { elementTypeNames, ortEnum } from './ort-api-table.ts';
import type { Address, OrtLibrary } from './ort-library.ts';
import { dimensions } from './ort-value.ts';
import type { OrtWeights } from './ort-weights.ts';
import { recordsAssignment } from './plugin/node-assignment.ts';
import type { Provider } from './plugin/provider.ts';

/** How a session is created. */
export interface SessionOptions extends CompileOptions {
  /** The beginning of the path of a file in which the session records when its nodes run. */
  readonly profile?: string | undefined;
}

/** What a session works with besides its model. */
export interface SessionParts {
  readonly weights?: OrtWeights | undefined;
  readonly provider?: Provider | undefined;
}

/**
 * Creates a session on another thread.
 *
 * Memory patterns are off: they hold another block for every shape that was ever fed, which costs half as much memory
 * again in a training and is no faster.
 *
 * Idle threads spin only during runs. By default they would keep spinning after a run and take a core from the next
 * session; without spinning, many small operators are a quarter slower. If there are more threads than cores, none
 * spins, because it would hold up a thread with work to do.
 *
 * @throws {Error} with the library's message.
 */
export async function createSession(
  library: OrtLibrary,
  model: Uint8Array,
  options: SessionOptions,
  { weights, provider }: SessionParts = {},
): Promise<Address> {
  const settings = library.get('CreateSessionOptions');
  try {
    library.call('SetSessionLogSeverityLevel', settings, ortEnum.logFatal);
    library.call('SetSessionGraphOptimizationLevel', settings, ortEnum.optimizeAll);
    library.call('SetInterOpNumThreads', settings, 1);
    library.call('DisableMemPattern', settings);
    library.call('AddSessionConfigEntry', settings, 'optimization.disable_specified_optimizers', slowFusions);
    if (options.threads !== undefined) library.call('SetIntraOpNumThreads', settings, options.threads);
    library.call('AddSessionConfigEntry', settings, 'session.force_spinning_stop', '1');
    if ((options.threads ?? 0) > availableParallelism()) {
      library.call('AddSessionConfigEntry', settings, 'session.intra_op.allow_spinning', '0');
    }
    if (options.isPrepacked === false) {
      library.call('AddSessionConfigEntry', settings, 'session.disable_prepacking', '1');
    }
    if (options.profile !== undefined) library.call('EnableProfiling', settings, options.profile);
    if (provider) {
      provider.append(settings, options);
      library.call('AddSessionConfigEntry', settings, recordsAssignment, '1');
    }
    weights?.give(settings);
    const out = new BigUint64Array(new ArrayBuffer(8));
    const given = [library.env, model, model.byteLength, settings];
    if (weights) {
      const name = 'CreateSessionFromArrayWithPrepackedWeightsContainer';
      await library.callAsync(name, [...given, weights.container, out], { pinned: [weights] });
    } else {
      await library.callAsync('CreateSessionFromArray', [...given, out]);
    }
    // Copies of shared weights that kernels packed before they found them already packed.
    if (weights) await library.trim();
    return out[0];
  } finally {
    library.call('ReleaseSessionOptions', settings);
  }
}

/** Frees a session on another thread. No run may be in flight. */
export async function releaseSession(library: OrtLibrary, session: Address): Promise<void> {
  await library.callAsync('ReleaseSession', [session]);
  await library.trim();
}

/** Ends a session's recording; returns the path of its file. */
export const endProfiling = (library: OrtLibrary, session: Address): string =>
  ownText(library, library.get('SessionEndProfiling', session, library.allocator));

/**
 * The inputs and outputs of a session. @throws {InputError} when they cannot be fed or fetched, see
 * {@link signaturesOf}.
 */
export function signatureOf(library: OrtLibrary, session: Address): Signature {
  const side = (kind: 'Input' | 'Output'): ReadonlyMap<string, TensorSignature> => {
    const count = Number(library.get(`SessionGet${kind}Count`, session));
    const values = Array.from({ length: count }, (_, index) => {
      const name = ownText(library, library.get(`SessionGet${kind}Name`, session, index, library.allocator));
      const info = library.get(`SessionGet${kind}TypeInfo`, session, index);
      try {
        return describe(library, name, library.get('CastTypeInfoToTensorInfo', info));
      } finally {
        library.call('ReleaseTypeInfo', info);
      }
    });
    return signaturesOf(values);
  };
  return { inputs: side('Input'), outputs: side('Output') };
}

/** `info` is null for anything but a tensor. */
function describe(library: OrtLibrary, name: string, info: Address): ValueDescription {
  if (!info) return { name, type: 'no tensor', shape: [] };
  const type = elementTypeNames[Number(library.get('GetTensorElementType', info))];
  const sizes = dimensions(library, info);
  const names = new BigUint64Array(sizes.length);
  if (sizes.length) library.call('GetSymbolicDimensions', info, names, sizes.length);
  return { name, type, shape: sizes.map((size, axis) => (size >= 0 ? size : library.text(names[axis]) || '?')) };
}

/** Reads and frees a string that the library allocated for the caller. */
function ownText(library: OrtLibrary, address: Address): string {
  try {
    return library.text(address);
  } finally {
    library.call('AllocatorFree', library.allocator, address);
  }
}
