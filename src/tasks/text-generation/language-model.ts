import { type GenerationConfig, overlay, readGenerationConfig } from '../../decode/generation-config.ts';
import { createCausalGenerator, type Generator } from '../../decode/generator.ts';
import type { Folder } from '../../io/folder.ts';
import { inRole } from '../../models/family.ts';
import { forward } from '../../models/forward.ts';
import { generationConfigFile, type LoadedModel, loadModel } from '../../models/load.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { Tensor } from '../../weights/tensor.ts';
import { continuations } from './continuation.ts';

/** A language model ready to be used. Must be disposed of. */
export class LanguageModel {
  readonly loaded: LoadedModel<'causal'>;
  readonly #backend: Backend;
  readonly #defaults: GenerationConfig;
  #generator: Generator | undefined;

  private constructor(loaded: LoadedModel<'causal'>, backend: Backend) {
    this.loaded = loaded;
    this.#backend = backend;
    const where = `${loaded.name}/${generationConfigFile}`;
    this.#defaults = overlay(loaded.generationDefaults, readGenerationConfig(loaded.generationConfig, where));
  }

  /** @throws {InputError} when the folder is no whole language model of a known family. */
  static async load(folder: Folder, backend: Backend): Promise<LanguageModel> {
    return new LanguageModel(inRole(await loadModel(folder), 'causal', folder.name), backend);
  }

  /** `config.json`, its defaults filled in. */
  get config(): LoadedModel['config'] {
    return this.loaded.config;
  }

  /** `generation_config.json` over the family's defaults. */
  get generation_config(): GenerationConfig {
    return this.#defaults;
  }

  /** What the model writes behind prompts, as {@link continuations}. `fields` lie over `generation_config`. */
  continueRows(
    prompts: readonly (readonly number[])[],
    fields: GenerationConfig = {},
    onToken?: (token: number) => void,
  ): Promise<number[][][]> {
    const config = overlay(this.#defaults, readGenerationConfig(fields, 'generation'));
    const { model, parameters, tokens } = this.loaded;
    this.#generator ??= createCausalGenerator(model, parameters, this.#backend);
    return continuations(this.#generator, prompts, config, { maxTokens: tokens.maxTokens, onToken });
  }

  /** A whole forward pass with everything it shows; see {@link forward}. */
  forward(
    inputs: ReadonlyMap<string, Tensor>,
    options?: { readonly gradients?: boolean },
  ): Promise<Map<string, Tensor>> {
    return forward(this.loaded, inputs, this.#backend, options);
  }

  async dispose(): Promise<void> {
    const generator = this.#generator;
    this.#generator = undefined;
    await generator?.dispose();
  }
}
