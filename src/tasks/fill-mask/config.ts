import { InputError } from '../../io/error.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { checkTokenizer, tokenizerFields } from '../folder/tokenizer-folder.ts';
import { completedModel, describedModel, type RunSetup } from '../run/recipe-model.ts';
import type { RunBase } from '../run/run-base.ts';
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
export function checkMaskedLmFields(recipe: FillMaskRecipe, base?: RunBase): void {
  const { vocab_size } = recipe.tokenizer;
  const tokenizer = { vocab_size, pad_token_id: vocab_size - 1 };
  checkPositions(recipe, describedModel('masked-lm', recipe.model, { tokenizer }, base));
}

/**
 * The model of a recipe: the fields of `model`, completed from the tokenizer.
 *
 * @throws {InputError} when a field is unknown, invalid or contradicts the tokenizer, or when windows are longer than the
 *   positions.
 */
export function maskedLmSetup(recipe: FillMaskRecipe, tokenizer: Tokenizer, base?: RunBase): RunSetup<'masked-lm'> {
  const derived = { tokenizer: tokenizerFields(tokenizer), origin: 'text' };
  const setup = completedModel('masked-lm', recipe.model, derived, base);
  if (base) checkTokenizer(base.folder.name, tokenizer, setup.tokens);
  checkPositions(recipe, setup);
  return setup;
}
