import { checkSides, checkVocabularySize, loadTokenizers } from '../folder/tokenizer-folder.ts';
import { tokenLimits } from '../model/token-limit.ts';
import { modelOf } from '../model-by-role.ts';
import type { ModelSource } from '../platform/platform.ts';
import { attentionExamples } from './attention-example.ts';
import type { AttentionOptions } from './attention-option.ts';
import type { ShownAttention } from './shown-attention.ts';

/**
 * Opens a model of any role that reads texts and shows where it looked.
 *
 * @throws {InputError} when the model or its tokenizer cannot be used, and as {@link attentionExamples}.
 */
export async function modelAttention(
  source: ModelSource,
  texts: readonly string[],
  options: AttentionOptions,
): Promise<ShownAttention> {
  const { folder } = source;
  const model = await modelOf(source);
  try {
    const { loaded } = model;
    const limits = tokenLimits(loaded);
    const tokenizers = await loadTokenizers(folder, source);
    if (loaded.role === 'sequence-to-sequence') checkSides(folder.name, tokenizers, loaded.tokens);
    else
      checkVocabularySize(
        folder.name,
        tokenizers.source.vocabSize,
        'vocabulary' in limits ? limits.vocabulary : limits.sourceVocabulary,
      );
    return { model: loaded, examples: await attentionExamples({ model, tokenizers }, texts, options) };
  } finally {
    await model.dispose();
  }
}
