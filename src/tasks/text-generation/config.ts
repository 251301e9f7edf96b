import { settingsOf } from '../../decode/settings/generation-settings.ts';
import { InputError } from '../../io/error.ts';
import { checkRole } from '../../models/families/check-config.ts';
import { hasModelField } from '../../models/families/families.ts';
import { checkTokenizer, tokenizerFields } from '../folder/tokenizer-folder.ts';
import { completedModel, describedModel, type RunSetup } from '../run/recipe-model.ts';
import type { RunBase } from '../run/run-base.ts';
import type { TextGenerationData } from './data.ts';
import type { TextGenerationRecipe } from './recipe.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The language model of a recipe. `describe` completes the fields of its model. */
function setupOf(
  { model, train, generation }: TextGenerationRecipe,
  describe: (fields: Fields) => RunSetup<'causal'>,
): RunSetup<'causal'> {
  const { model_type } = model;
  if (model_type !== undefined) checkRole(model_type, 'causal', 'recipe model');
  // Positions after a block are never trained, so a position table ends there unless the recipe sets a size.
  const positions = 'max_position_embeddings';
  const isNew = model.model_name_or_path === undefined;
  const room = isNew && hasModelField(String(model_type), positions) ? { [positions]: train.block_size } : {};
  const setup = describe({ ...room, ...model });
  const { maxTokens } = setup.tokens;
  if (train.block_size > maxTokens) {
    throw new InputError(
      `recipe: train.block_size: expected at most model.max_position_embeddings = ${maxTokens}, got ${train.block_size}`,
    );
  }
  const { vocabulary: target } = setup.model;
  settingsOf({ ...setup.generationDefaults, ...generation }, { vocabulary: { source: target, target } }, 1);
  return setup;
}

/**
 * Checks the parts of a recipe's `model` that do not depend on the tokenizer, before any text is read. @throws
 * {InputError}
 */
export function checkLanguageModelFields(recipe: TextGenerationRecipe, base?: RunBase): void {
  const { vocab_size } = recipe.tokenizer;
  const tokenizer = { vocab_size, pad_token_id: vocab_size - 1, bos_token_id: 0, eos_token_id: null };
  setupOf(recipe, (fields) => describedModel('causal', fields, { tokenizer }, base));
}

/**
 * The model of a recipe: the fields of `model`, completed from the tokenizer.
 *
 * @throws {InputError} when a field is unknown, invalid or contradicts the tokenizer, or when a token in `generation`
 *   is not in the vocabulary.
 */
export function languageModelSetup(
  recipe: TextGenerationRecipe,
  { tokenizer, start }: TextGenerationData,
  base?: RunBase,
): RunSetup<'causal'> {
  const derived: Fields = {
    ...tokenizerFields(tokenizer),
    bos_token_id: start,
    eos_token_id: recipe.data.documents === 'lines' ? tokenizer.eosId : null,
  };
  const setup = setupOf(recipe, (fields) =>
    completedModel('causal', fields, { tokenizer: derived, origin: 'text' }, base),
  );
  if (base) checkTokenizer(base.folder.name, tokenizer, setup.tokens);
  return setup;
}
