/** Weights that sessions of ONNX Runtime's C API share: each value once, over JavaScript's memory, and once prepacked. */

import { basename, dirname } from 'node:path';
import type { HeldWeights, HostTensor } from './backend.ts';
import type { Address, OrtLibrary } from './node-ort-library.ts';
import { ortValue } from './node-ort-value.ts';

const externalFolder = 'session.model_external_initializers_file_folder_path';

export class OrtWeights implements HeldWeights {
  /**
   * ONNX Runtime wants the file of an external initializer to exist, though it reads the value that it is given. The
   * library itself is sure to; a file of our own would have to be written first.
   */
  readonly file: string;
  readonly #library: OrtLibrary;
  /** What kernels have packed, found again by its content. */
  readonly container: Address;
  /** The tensors stand here so that their memory lives. */
  readonly #held = new Map<string, { readonly tensor: HostTensor; readonly value: Address }>();
  #isDisposed = false;

  constructor(library: OrtLibrary) {
    this.#library = library;
    this.file = basename(library.path);
    this.container = library.get('CreatePrepackedWeightsContainer');
  }

  add(name: string, tensor: HostTensor): void {
    if (this.#isDisposed) throw new Error('weights: held no more, they are disposed of');
    if (!this.#held.has(name)) this.#held.set(name, { tensor, value: ortValue(this.#library, tensor) });
  }

  has(name: string): boolean {
    return this.#held.has(name);
  }

  /** Names them to a session that is to be made. */
  give(settings: Address): void {
    if (this.#isDisposed) throw new Error('compile: the weights are disposed of');
    for (const [name, { value }] of this.#held) this.#library.call('AddInitializer', settings, name, value);
    this.#library.call('AddSessionConfigEntry', settings, externalFolder, dirname(this.#library.path));
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const { value } of this.#held.values()) this.#library.call('ReleaseValue', value);
    this.#held.clear();
    await this.#library.callAsync('ReleasePrepackedWeightsContainer', [this.container]);
    await this.#library.trim();
  }
}
