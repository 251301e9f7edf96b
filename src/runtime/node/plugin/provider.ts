/** Execution providers of ONNX Runtime that are loaded from a library of their own: plugins. */

import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { EngineHabit } from '../../../graph/index.ts';
import { InputError } from '../../../io/error.ts';
import type { Bf16Support, CompileOptions } from '../../backend.ts';
import { NameTable } from '../name-table.ts';
import type { Address, OrtLibrary } from '../ort-library.ts';
import { remedyFor } from './cache-folder.ts';
import { checkLibraries } from './check-libraries.ts';
import { processorBf16 } from './processor-bf16.ts';
import { withVendor } from './processor-vendor.ts';

/** How a known provider is set up; any other gets its first device and no options. */
interface ProviderRow {
  readonly habits: ReadonlySet<EngineHabit>;
  /** The metadata of the device to use. */
  readonly device: readonly [key: string, value: string];
  /** What it needs to compute in bfloat16; absent if it cannot. */
  readonly bf16?: Bf16Support;
  /** The provider's options for programs with this number of threads, in bfloat16 or in float32. */
  options(threads: number, usesBf16: boolean): Readonly<Record<string, string>>;
}

/**
 * The vendor, by its PCI id, whose processor a library must be shown: OpenVINO's plugin offers itself on Intel's alone,
 * though it runs on AMD's.
 */
const vendorFor = (file: string): number | undefined => (/openvino/.test(basename(file)) ? 0x8086 : undefined);

/** Providers by the name that their devices give. */
const rows: Readonly<Record<string, ProviderRow>> = {
  OpenVINOExecutionProvider: {
    habits: new Set([
      'noCaptures',
      'copiesStates',
      'movesLoopResults',
      'packsOnce',
      'roundsToBf16',
      'keepsTail',
      'noRowScales',
      'readsTransposed',
      'preparesShapes',
    ]),
    device: ['ov_device', 'CPU'],
    bf16: processorBf16,
    options: (threads, usesBf16) => ({
      load_config: JSON.stringify({
        CPU: {
          // Its own default is bfloat16 where the processor has it.
          INFERENCE_PRECISION_HINT: usesBf16 ? 'bf16' : 'f32',
          INFERENCE_NUM_THREADS: String(threads),
          // Pinned, programs of one thread each would share a core.
          ENABLE_CPU_PINNING: 'NO',
        },
      }),
    }),
  },
};

/** A loaded plugin, as sessions use it. */
export class Provider {
  /** The name of the execution provider. */
  readonly name: string;
  readonly #library: OrtLibrary;
  readonly #device: Address;
  readonly #row: ProviderRow | undefined;
  /** Texts that must not be collected during a call. */
  readonly #held = new Set<NameTable>();

  /**
   * Registers a plugin's library. A process can do this once for each library.
   *
   * @throws {InputError} when the library does not load, is no plugin, is too old or too new for this ONNX Runtime, or
   *   has no device on this machine.
   */
  constructor(library: OrtLibrary, file: string) {
    this.#library = library;
    checkLibraries(file);
    const before = devicesOf(library);
    try {
      const register = () => library.call('RegisterExecutionProviderLibrary', library.env, file, file);
      const vendor = vendorFor(file);
      // The CPU provider is always there, and first.
      if (vendor === undefined) register();
      else withVendor(library, before[0], vendor, register);
    } catch (error) {
      throw new InputError(`engine: ${file}: ${reasonOf(error, library.version)}${remedyFor(file)}`);
    }
    const devices = devicesOf(library).filter((device) => !before.includes(device));
    const names = devices.map((device) => String(library.query('EpDevice_EpName', device)));
    this.name = names[0] ?? '';
    this.#row = Object.hasOwn(rows, this.name) ? rows[this.name] : undefined;
    const found = devices.find((device, i) => names[i] === this.name && this.#fits(device));
    if (found === undefined) {
      library.call('UnregisterExecutionProviderLibrary', library.env, file);
      const wanted = this.#row ? ` with ${this.#row.device.join(' ')}` : '';
      throw new InputError(
        `engine: ${file}: expected a device${wanted} on this machine, got ${names.length || 'none'}`,
      );
    }
    this.#device = found;
  }

  /** Its habits; undefined: none. */
  get habits(): ReadonlySet<EngineHabit> | undefined {
    return this.#row?.habits;
  }

  /** What it needs to compute in bfloat16; undefined if it cannot. */
  get bf16(): Bf16Support | undefined {
    return this.#row?.bf16;
  }

  /** Makes the sessions of these options run on the plugin what it claims, and the rest on the CPU provider. */
  append(settings: Address, { threads = availableParallelism(), usesBf16 = false }: CompileOptions): void {
    const options = Object.entries(this.#row?.options(threads, usesBf16) ?? {});
    const names = new NameTable(this.#library, options.flat());
    this.#held.add(names);
    this.#library.call(
      'SessionOptionsAppendExecutionProvider_V2',
      settings,
      this.#library.env,
      BigUint64Array.of(this.#device),
      1,
      names.pointers(options.map(([key]) => key)),
      names.pointers(options.map(([, value]) => value)),
      options.length,
    );
    this.#held.delete(names);
  }

  #fits(device: Address): boolean {
    if (!this.#row) return true;
    const [key, value] = this.#row.device;
    const metadata = this.#library.query('EpDevice_EpMetadata', device);
    return metadata !== null && this.#library.query('GetKeyValue', metadata, key) === value;
  }
}

/** Every device that providers of this process have. */
const devicesOf = (library: OrtLibrary): readonly Address[] => library.list('GetEpDevices', library.env);

/** Why a library was not registered, in one line. */
function reasonOf(error: unknown, version: string): string {
  const [message] = (error instanceof Error ? error.message : String(error)).split('\n');
  const missing = /: ([\w.+-]+\.(?:so[\w.]*|dylib|dll)): cannot open shared object file/.exec(message)?.[1];
  if (missing) return `the library needs ${missing}, which this system does not have`;
  if (/CreateEpFactories/.test(message)) {
    return 'expected the library of an execution provider for ONNX Runtime 1.23 or later, got another library';
  }
  return `ONNX Runtime ${version} does not load it: ${message}`;
}
