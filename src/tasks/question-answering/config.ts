import { InputError } from '../../io/error.ts';
import { hasModelField } from '../../models/families/families.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { checkTokenizer, tokenizerFields } from '../folder/tokenizer-folder.ts';
import { completedModel, describedModel, type RunSetup } from '../run/recipe-model.ts';
import type { RunBase } from '../run/run-base.ts';
import { checkReads } from './loaded-reader.ts';
import type { WindowOptions } from './question-window.ts';
import type { QuestionAnsweringRecipe } from './recipe.ts';
import { type ReadingLimit, readingLimit, windowOptions } from './window-choice.ts';

const role = 'question-answering';

/** The field of families that tell a question from its context by the token between them. */
const separatorField = ({ model }: QuestionAnsweringRecipe, id: number | null) =>
  hasModelField(String(model.model_type), 'sep_token_id') ? { sep_token_id: id } : {};

/** The windows of a recipe. @throws {InputError} also for windows that do not fit into a batch. */
export function recipeWindows({ train }: QuestionAnsweringRecipe, limit: ReadingLimit): WindowOptions {
  const windows = windowOptions(train, limit, (option) => `recipe: train.${option}`);
  if (windows.max_length <= train.max_tokens_per_batch) return windows;
  throw new InputError(
    `recipe: train.max_tokens_per_batch: expected at least the ${windows.max_length} tokens of a window, got ${train.max_tokens_per_batch}`,
  );
}

/**
 * Checks the parts of a recipe's `model` that do not depend on the tokenizer, and its windows, before any text is read.
 * @throws {InputError}
 */
export function checkReaderFields(recipe: QuestionAnsweringRecipe, base?: RunBase): void {
  const { vocab_size } = recipe.tokenizer;
  const tokenizer = { vocab_size, pad_token_id: vocab_size - 1, ...separatorField(recipe, 0) };
  const { tokens } = describedModel(role, recipe.model, { tokenizer }, base);
  recipeWindows(recipe, readingLimit(tokens.maxTokens));
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
  return setup;
}
