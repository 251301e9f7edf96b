import { InputError } from '../../io/error.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { completedModel, describedModel } from '../run/recipe-model.ts';
import type { FillMaskRecipe } from './recipe.ts';

/** @throws {InputError} for windows longer than the positions. */
function checkPositions({ train }: FillMaskRecipe, { tokens }: ModelSetup<'masked-lm'>): void {
  if (train.max_length <= tokens.maxTokens) return;
  throw new InputError(
    `recipe: train.max_length: expected at most model.max_position_embeddings = ${tokens.maxTokens}, got ${train.max_length}`,
  );
}

/**
 * Checks the parts of a recipe's `model` that do not depend on the tokenizer, before any text is read. @throws
 * {InputError}
 */
export function checkMaskedLmFields(recipe: FillMaskRecipe): void {
  const { vocab_size } = recipe.tokenizer;
  const assumed = { vocab_size, pad_token_id: vocab_size - 1 };
  checkPositions(recipe, describedModel('masked-lm', { ...recipe.model, ...assumed }));
}

/**
 * The model of a recipe: the fields of `model`, completed from the tokenizer.
 *
 * @throws {InputError} when a field is unknown, invalid or contradicts the tokenizer, or when windows are longer than the
 *   positions.
 */
export function maskedLmSetup(recipe: FillMaskRecipe, tokenizer: Tokenizer): ModelSetup<'masked-lm'> {
  const derived = { vocab_size: tokenizer.vocabSize, pad_token_id: tokenizer.padId ?? tokenizer.vocabSize - 1 };
  const setup = completedModel('masked-lm', recipe.model, derived, 'text');
  checkPositions(recipe, setup);
  return setup;
}
