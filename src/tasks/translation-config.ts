import { InputError } from '../io/error.ts';
import { checkConfig, type ModelSetup } from '../models/family.ts';
import type { Recipe } from './recipe-schema.ts';
import type { TranslationData } from './translation-data.ts';

/** Fields of the model that follow from the tokenizer; a recipe need not write them, and may not contradict. */
const tokenizerFields = (data: TranslationData): Record<string, number> => {
  const { padId, eosId, vocabSize } = data.tokenizers.target;
  return {
    vocab_size: vocabSize,
    pad_token_id: padId as number,
    eos_token_id: eosId as number,
    forced_eos_token_id: eosId as number,
    decoder_start_token_id: padId as number,
  };
};

/**
 * The model of a recipe: its `model` fields completed from the tokenizer.
 *
 * @throws {InputError} when a field is unknown, wrong, or contradicts the tokenizer.
 */
export function recipeModel(recipe: Recipe, data: TranslationData): ModelSetup {
  const derived = tokenizerFields(data);
  const contradiction = Object.keys(derived).find(
    (name) => recipe.model[name] !== undefined && recipe.model[name] !== derived[name],
  );
  if (contradiction) {
    throw new InputError(
      `recipe model.${contradiction}: follows from the tokenizer and is ${derived[contradiction]}, got ${recipe.model[contradiction]}`,
    );
  }
  const isShared = data.trained.source === data.trained.target;
  const setup = checkConfig(
    { share_encoder_decoder_embeddings: isShared, ...recipe.model, ...derived },
    (path) => `recipe model.${path.map(String).join('.')}`,
    { isStrict: true },
  );
  const { maxTokens } = setup.tokens;
  if (recipe.train.max_length > maxTokens) {
    throw new InputError(
      `recipe train.max_length: must be at most model.max_position_embeddings = ${maxTokens}, got ${recipe.train.max_length}`,
    );
  }
  if (recipe.generation.max_new_tokens > maxTokens) {
    throw new InputError(
      `recipe generation.max_new_tokens: must be at most model.max_position_embeddings = ${maxTokens}, got ${recipe.generation.max_new_tokens}`,
    );
  }
  return setup;
}
