/**
 * Weights shared by sessions of ONNX Runtime's C API: each value exists once, over JavaScript's memory, and once
 * prepacked.
 */

import { basename, dirname } from 'node:path';
import type { HeldWeights, HostTensor } from '../backend.ts';
import type { Address, OrtLibrary } from './ort-library.ts';
import { ortValue } from './ort-value.ts';

const externalFolder = 'session.model_external_initializers_file_folder_path';

export class OrtWeights implements HeldWeights {
  /**
   * ONNX Runtime requires the file of an external initializer to exist, although it uses the given value. The library's
   * own file always exists; another file would have to be written first.
   */
  readonly file: string;
  readonly #library: OrtLibrary;
  /** The weights that kernels have packed, found by their content. */
  readonly container: Address;
  /** Keeps the tensors' memory alive. */
  readonly #held = new Map<string, { readonly tensor: HostTensor; readonly value: Address }>();
  #isDisposed = false;

  constructor(library: OrtLibrary) {
    this.#library = library;
    this.file = basename(library.path);
    this.container = library.get('CreatePrepackedWeightsContainer');
  }

  add(name: string, tensor: HostTensor): void {
    if (this.#isDisposed) throw new Error('weights: cannot hold a tensor, they are disposed of');
    if (!this.#held.has(name)) this.#held.set(name, { tensor, value: ortValue(this.#library, tensor) });
  }

  has(name: string): boolean {
    return this.#held.has(name);
  }

  /** Registers the weights in the options of a session to be created. */
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
