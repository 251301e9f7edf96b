import type { Generator } from '../../decode/generator.ts';
import { callConfig } from '../../decode/settings/call-config.ts';
import { type GenerationConfig, overlay, readGenerationConfig } from '../../decode/settings/generation-config.ts';
import { forward } from '../../models/forward.ts';
import { generationConfigFile, type LoadedModel } from '../../models/load.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { Tensor } from '../../weights/tensor.ts';

/** A loaded model that writes tokens. Must be disposed of. */
export abstract class WritingModel<M extends LoadedModel<'causal'> | LoadedModel<'sequence-to-sequence'>> {
  readonly loaded: M;
  readonly #backend: Backend;
  readonly #defaults: GenerationConfig;
  #generator: Generator | undefined;
  #isDisposed = false;

  protected constructor(loaded: M, backend: Backend) {
    this.loaded = loaded;
    this.#backend = backend;
    const where = `${loaded.name}/${generationConfigFile}`;
    this.#defaults = overlay(loaded.generationDefaults, readGenerationConfig(loaded.generationConfig, where));
  }

  /** `config.json`, its defaults filled in. */
  get config(): M['config'] {
    return this.loaded.config;
  }

  /** `generation_config.json` over the family's defaults. */
  get generation_config(): GenerationConfig {
    return this.#defaults;
  }

  /** A whole forward pass with everything it shows; see {@link forward}. */
  forward(
    inputs: ReadonlyMap<string, Tensor>,
    options?: { readonly gradients?: boolean },
  ): Promise<Map<string, Tensor>> {
    return forward(this.loaded, inputs, this.#backend, options);
  }

  /** Ends calls that wait with an error and frees the engine's memory. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const generator = this.#generator;
    this.#generator = undefined;
    await generator?.dispose();
  }

  protected abstract makeGenerator(backend: Backend): Generator;

  /** Made when it is first used. */
  protected get generator(): Generator {
    if (this.#isDisposed) throw new Error('the model is disposed');
    this.#generator ??= this.makeGenerator(this.#backend);
    return this.#generator;
  }

  /** `fields` over `generation_config`. @throws {InputError} for an unknown field, a wrong value or one without effect. */
  protected settings(fields: GenerationConfig): GenerationConfig {
    return callConfig(this.#defaults, readGenerationConfig(fields, 'generation'));
  }
}
