import { createCausalGenerator, type Generator } from '../../decode/generator.ts';
import type { GenerationConfig } from '../../decode/settings/generation-config.ts';
import { inRole } from '../../models/families/check-config.ts';
import { loadModel } from '../../models/folder/load.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { checkVocabularySize, loadTokenizers } from '../folder/tokenizer-folder.ts';
import { WritingModel } from '../model/writing-model.ts';
import type { ModelSource } from '../platform/platform.ts';
import { type ContinuationOptions, continuations } from './continuation.ts';

/** A loaded language model. Must be disposed of. */
export class LanguageModel extends WritingModel<'causal'> {
  /** @throws {InputError} when the folder is not a complete language model of a known family. */
  static async load({ folder, backend, dtype }: ModelSource): Promise<LanguageModel> {
    return new LanguageModel(inRole(await loadModel(folder, { dtype }), 'causal', folder.name), backend);
  }

  /** The model's continuations of prompts, see `continuations`. `fields` override `generation_config`. */
  async continueRows(
    prompts: readonly (readonly number[])[],
    fields: GenerationConfig = {},
    call: Omit<ContinuationOptions, 'maxTokens'> = {},
  ): Promise<number[][][]> {
    const config = this.settings(fields);
    return continuations(this.generator, prompts, config, { ...call, maxTokens: this.loaded.tokens.maxTokens });
  }

  protected makeGenerator(backend: Backend): Generator {
    return createCausalGenerator(this.loaded.model, this.loaded.parameters, backend);
  }
}

/** Loads a language model and its tokenizer. @throws {InputError} when the folder does not have both. */
export async function loadLanguageModel(
  source: ModelSource,
): Promise<{ readonly model: LanguageModel; readonly tokenizer: Tokenizer }> {
  const { folder } = source;
  const model = await LanguageModel.load(source);
  const { source: tokenizer } = await loadTokenizers(folder, source);
  checkVocabularySize(folder.name, tokenizer.vocabSize, model.loaded.tokens.vocabulary);
  return { model, tokenizer };
}
