import { settingsOf } from '../../decode/settings/generation-settings.ts';
import { InputError, reportAll } from '../../io/error.ts';
import { checkConfig, checkRole, inRole } from '../../models/families/check-config.ts';
import { hasModelField } from '../../models/families/families.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import type { TextGenerationData } from './data.ts';
import type { TextGenerationRecipe } from './recipe.ts';

const where = 'recipe model';

type Fields = Readonly<Record<string, unknown>>;

/** The language model of a recipe, completed from its tokenizer. */
function setupOf({ model, train, generation }: TextGenerationRecipe, derived: Fields): ModelSetup<'causal'> {
  checkRole(model.model_type, 'causal', where);
  // Positions after a block are never trained, so a position table ends there unless the recipe sets a size.
  const positions = 'max_position_embeddings';
  const room = hasModelField(model.model_type, positions) ? { [positions]: train.block_size } : {};
  const setup = inRole(checkConfig({ ...room, ...model, ...derived }, where, { isStrict: true }), 'causal', where);
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
export function checkLanguageModelFields(recipe: TextGenerationRecipe): void {
  const { vocab_size } = recipe.tokenizer;
  setupOf(recipe, { vocab_size, pad_token_id: vocab_size - 1, bos_token_id: 0, eos_token_id: null });
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
): ModelSetup<'causal'> {
  const derived: Fields = {
    vocab_size: tokenizer.vocabSize,
    pad_token_id: tokenizer.padId ?? tokenizer.vocabSize - 1,
    bos_token_id: start,
    eos_token_id: recipe.data.documents === 'lines' ? tokenizer.eosId : null,
  };
  const { model } = recipe;
  const contradictions = Object.entries(derived).filter(
    ([name, is]) => model[name] !== undefined && model[name] !== is,
  );
  if (contradictions.length > 0) {
    throw reportAll(
      where,
      contradictions.map(([name, is]) => `${name}: expected ${is}, which follows from the text, got ${model[name]}`),
    );
  }
  return setupOf(recipe, derived);
}
