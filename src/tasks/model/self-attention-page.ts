import { type SelfAttentionExample, selfAttentionPage } from '../../inspect/self-attention-page.ts';
import { loadModel } from '../../models/folder/load.ts';
import { checkVocabularySize, loadTokenizers } from '../folder/tokenizer-folder.ts';
import type { ModelSource } from '../platform/platform.ts';
import { PreTrainedModel } from './pre-trained-model.ts';
import { selfAttentionExamples } from './self-attention-example.ts';
import { tokenLimits } from './token-limit.ts';

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The page of some examples of a model. */
export function pageOfExamples({ loaded }: PreTrainedModel, examples: readonly SelfAttentionExample[]): string {
  const layers = examples[0]?.layers ?? [];
  const { name, config } = loaded;
  return selfAttentionPage(examples, {
    title: 'What the tokens looked at',
    lead: `Self-attention of ${name}, a ${config.model_type} model with ${counted(layers.length, 'layer')} of ${counted(layers[0]?.length ?? 0, 'head')}.`,
  });
}

/**
 * Runs an encoder with any head on texts, or on pairs of texts, and makes a page with the self-attention of every layer
 * and head.
 *
 * @throws {InputError} when the model cannot be used or has no self-attention, or a text has more tokens than the model
 *   has positions.
 */
export async function encoderAttentionPage(
  source: ModelSource,
  texts: readonly string[],
  pairs?: readonly string[],
): Promise<string> {
  const loaded = await loadModel(source.folder);
  const { source: tokenizer } = await loadTokenizers(source.folder, source);
  if (loaded.role !== 'sequence-to-sequence') {
    checkVocabularySize(source.folder.name, tokenizer.vocabSize, tokenLimits(loaded).vocabulary);
  }
  const model = new PreTrainedModel(loaded, source.backend);
  try {
    return pageOfExamples(model, await selfAttentionExamples({ model, tokenizer }, texts, { text_pairs: pairs }));
  } finally {
    await model.dispose();
  }
}
