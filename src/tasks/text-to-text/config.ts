import { settingsOf } from '../../decode/settings/generation-settings.ts';
import { InputError, reportAll } from '../../io/error.ts';
import { hasModelField, modelTypes } from '../../models/families/families.ts';
import { checkSides } from '../folder/tokenizer-folder.ts';
import { completedModel, describedModel, type RunSetup } from '../run/recipe-model.ts';
import type { RunBase } from '../run/run-base.ts';
import type { TextToTextData } from './data.ts';
import { trainedLanguage } from './language.ts';
import type { TextToTextRecipe } from './recipe.ts';
import { sides, sideTokenizer } from './recipe-tokenizer-pair.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Those that a family has. All if the recipe names none, which is refused elsewhere. */
const fieldsOf = (family: string | undefined, fields: Fields): Fields =>
  family === undefined || !modelTypes.includes(family)
    ? fields
    : Object.fromEntries(Object.entries(fields).filter(([name]) => hasModelField(family, name)));

/** Fields of the model that follow from the tokenizers; a recipe need not set them, and must not contradict. */
function tokenizerFields({ model }: TextToTextRecipe, { tokenizers }: TextToTextData): Fields {
  const { padId, eosId, vocabSize } = tokenizers.target;
  return fieldsOf(model.model_type, {
    vocab_size: vocabSize,
    pad_token_id: padId,
    eos_token_id: eosId,
    forced_eos_token_id: eosId,
    decoder_start_token_id: padId,
    ...(tokenizers.source === tokenizers.target
      ? {}
      : { share_encoder_decoder_embeddings: false, decoder_vocab_size: vocabSize }),
  });
}

/** Refuses two tokenizers for a family whose sides share a table. @throws {InputError} */
function checkShared({ model: { model_type: family }, tokenizer }: TextToTextRecipe): void {
  if (tokenizer.shared || family === undefined || !modelTypes.includes(family)) return;
  if (hasModelField(family, 'share_encoder_decoder_embeddings')) return;
  throw new InputError(
    `recipe tokenizer: shared: expected true, because ${family} has one table for source and target, got false`,
  );
}

/**
 * Checks the parts of a recipe's `model` that do not depend on the tokenizers, before any text is read. @throws
 * {InputError}
 */
export function checkModelFields(recipe: TextToTextRecipe, base?: RunBase): void {
  const { model, tokenizer } = recipe;
  if (!base) checkShared(recipe);
  const size = Math.max(...sides.map((side) => sideTokenizer(tokenizer, side).vocab_size));
  const assumed = { vocab_size: size, pad_token_id: size - 1, eos_token_id: 0, decoder_start_token_id: size - 1 };
  const separate = tokenizer.shared ? {} : { share_encoder_decoder_embeddings: false };
  const target = tokenizer.shared && model.decoder_vocab_size === undefined ? {} : { decoder_vocab_size: size };
  const derived = { ...assumed, forced_eos_token_id: 0, ...separate, ...target };
  describedModel('sequence-to-sequence', model, { tokenizer: fieldsOf(model.model_type, derived) }, base);
}

/**
 * The model of a recipe: the fields of `model`, completed from the tokenizers.
 *
 * @throws {InputError} when a field is unknown, invalid or contradicts the tokenizers, or when a token in `generation`
 *   is not in the vocabulary.
 */
export function recipeModel(
  recipe: TextToTextRecipe,
  data: TextToTextData,
  base?: RunBase,
): RunSetup<'sequence-to-sequence'> {
  const { model, train, generation } = recipe;
  const derived = tokenizerFields(recipe, data);
  const isTargetGiven = typeof model.decoder_vocab_size === 'number';
  const target = isTargetGiven ? { decoder_vocab_size: derived.vocab_size } : {};
  const fields = { tokenizer: { ...target, ...derived }, origin: 'tokenizer' };
  const described = completedModel('sequence-to-sequence', model, fields, base);
  const language = trainedLanguage(described.tokens, data.tokenizers);
  const setup = { ...described, generationDefaults: { ...described.generationDefaults, ...language } };
  if (base) checkSides(base.folder.name, data.tokenizers, setup.tokens);
  const { maxTokens } = setup.tokens;
  const lengths = { 'train.max_length': train.max_length, 'generation.max_new_tokens': generation.max_new_tokens };
  const long = Object.entries(lengths).filter(([, length]) => length > maxTokens);
  if (long.length) {
    const most = `expected at most model.max_position_embeddings = ${maxTokens}`;
    throw reportAll(
      'recipe',
      long.map(([name, length]) => `${name}: ${most}, got ${length}`),
    );
  }
  settingsOf({ ...setup.generationDefaults, ...generation }, setup.model);
  return setup;
}
