import { InputError, reportAll } from '../../io/error.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { checkTokenizer, tokenizerFields } from '../folder/tokenizer-folder.ts';
import { completedModel, describedModel, type RunSetup } from '../run/recipe-model.ts';
import type { RunBase } from '../run/run-base.ts';
import type { FeatureExtractionRecipe } from './recipe.ts';
import { readSentenceFolder, type SentenceFolder } from './sentence-folder.ts';
import { textEncoder } from './text-encoder.ts';

/**
 * Checks the parts of a recipe that do not depend on its texts, before any text is read.
 *
 * @throws {InputError} also for a score that the validation set does not have.
 */
export function checkEncoderFields(recipe: FeatureExtractionRecipe, base?: RunBase): void {
  const { data, model, tokenizer, train } = recipe;
  const { vocab_size } = tokenizer;
  const assumed = { tokenizer: { vocab_size, pad_token_id: vocab_size - 1 } };
  textEncoder(describedModel('encoder', model, assumed, base), base?.folder.name ?? 'recipe: model');
  if (train.metric_for_best_model === 'eval_accuracy' && data.validation?.columns.label === undefined) {
    throw reportAll('recipe', [
      'train.metric_for_best_model: expected eval_loss, eval_recall_at_1 or eval_mrr for pairs, got eval_accuracy, which only labelled texts have',
    ]);
  }
}

/** How the model of a recipe makes a vector of a text, over what the folder that it starts from says. @throws {InputError} */
export async function sentenceForm(
  { embedding, train }: FeatureExtractionRecipe,
  { model, tokens }: ModelSetup<'encoder'>,
  base?: RunBase,
): Promise<SentenceFolder> {
  const known = base && (await readSentenceFolder(base.folder, model.width));
  const maxTokens = Math.min(tokens.maxTokens, known?.maxTokens ?? Number.POSITIVE_INFINITY);
  if (train.max_length > maxTokens) {
    const limit = maxTokens < tokens.maxTokens ? 'max_seq_length' : 'model.max_position_embeddings';
    throw new InputError(`recipe: train.max_length: expected at most ${limit} = ${maxTokens}, got ${train.max_length}`);
  }
  const { pooling = known?.pooling ?? 'mean', normalize = known?.normalize ?? true } = embedding;
  return { pooling, normalize, maxTokens: Number.isFinite(maxTokens) ? maxTokens : undefined };
}

/** The model of a recipe: the fields of `model`, completed from the tokenizer. @throws {InputError} for a wrong field. */
export function encoderSetup(
  { model }: FeatureExtractionRecipe,
  tokenizer: Tokenizer,
  base?: RunBase,
): RunSetup<'encoder'> {
  const derived = { tokenizer: tokenizerFields(tokenizer), origin: 'text' };
  const setup = textEncoder(completedModel('encoder', model, derived, base), base?.folder.name ?? 'recipe: model');
  if (base) checkTokenizer(base.folder.name, tokenizer, setup.tokens);
  return setup;
}
