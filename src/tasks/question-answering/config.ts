import { InputError } from '../../io/error.ts';
import { hasModelField } from '../../models/families/families.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { checkTokenizer, tokenizerFields } from '../folder/tokenizer-folder.ts';
import { completedModel, describedModel, type RunSetup } from '../run/recipe-model.ts';
import type { RunBase } from '../run/run-base.ts';
import { checkReads } from './loaded-reader.ts';
import type { QuestionAnsweringRecipe } from './recipe.ts';

const role = 'question-answering';

/** The field of families that tell a question from its context by the token between them. */
const separatorField = ({ model }: QuestionAnsweringRecipe, id: number | null) =>
  hasModelField(String(model.model_type), 'sep_token_id') ? { sep_token_id: id } : {};

/** @throws {InputError} for windows longer than the positions. */
function checkPositions({ train }: QuestionAnsweringRecipe, { tokens }: ModelSetup<typeof role>): void {
  if (train.max_length <= tokens.maxTokens) return;
  throw new InputError(
    `recipe: train.max_length: expected at most model.max_position_embeddings = ${tokens.maxTokens}, got ${train.max_length}`,
  );
}

/**
 * Checks the parts of a recipe's `model` that do not depend on the tokenizer, before any text is read. @throws
 * {InputError}
 */
export function checkReaderFields(recipe: QuestionAnsweringRecipe, base?: RunBase): void {
  const { vocab_size } = recipe.tokenizer;
  const tokenizer = { vocab_size, pad_token_id: vocab_size - 1, ...separatorField(recipe, 0) };
  checkPositions(recipe, describedModel(role, recipe.model, { tokenizer }, base));
}

/**
 * The model of a recipe: the fields of `model`, completed from the tokenizer.
 *
 * @throws {InputError} when a field is unknown, invalid or contradicts the tokenizer, or the tokenizer has no form for
 *   pairs of texts.
 */
export function readerSetup(
  recipe: QuestionAnsweringRecipe,
  tokenizer: Tokenizer,
  base?: RunBase,
): RunSetup<typeof role> {
  const { sepId, eosId } = tokenizer;
  const fields = { ...tokenizerFields(tokenizer), ...separatorField(recipe, sepId ?? eosId) };
  const setup = completedModel(role, recipe.model, { tokenizer: fields }, base);
  const name = base?.folder.name ?? 'recipe';
  if (base) checkTokenizer(name, tokenizer, setup.tokens);
  checkReads(name, tokenizer);
  checkPositions(recipe, setup);
  return setup;
}
