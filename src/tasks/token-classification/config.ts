import { InputError, reportAll } from '../../io/error.ts';
import { hasModelField } from '../../models/families/families.ts';
import { labelFields } from '../../models/heads/fields/classifier-fields.ts';
import type { SpanScheme } from '../../models/heads/fields/span-scheme.ts';
import { checkTokenizer } from '../folder/tokenizer-folder.ts';
import { completedModel, describedModel, type RunSetup } from '../run/recipe-model.ts';
import type { RunBase } from '../run/run-base.ts';
import type { TokenClassificationData } from './data.ts';
import type { TokenClassificationRecipe } from './recipe.ts';
import { tagScoreNames } from './tags/tag-score.ts';
import { hasCharacterWords } from './words/word-splitter-folder.ts';

/**
 * Fills in whether a recipe reads characters as well as words: true if words are tokens and the model can read
 * characters.
 */
export function withCharacters(recipe: TokenClassificationRecipe, base?: RunBase): TokenClassificationRecipe {
  const { tokenizer, model } = recipe;
  if (base) return recipe;
  const canRead = hasModelField(String(model.model_type), 'character_vocab_size');
  if (tokenizer.characters && !canRead) {
    throw new InputError(
      `recipe: tokenizer.characters: expected false with model_type ${model.model_type}, which reads no characters, got true`,
    );
  }
  return {
    ...recipe,
    tokenizer: { ...tokenizer, characters: tokenizer.characters ?? (canRead && tokenizer.kind === 'word') },
  };
}

/**
 * Checks the parts of a recipe's `model` that do not depend on the data, before any text is read. @throws {InputError}
 */
export function checkTaggerFields({ model, tokenizer, train }: TokenClassificationRecipe, base?: RunBase): void {
  if (!base && hasCharacterWords(tokenizer)) {
    throw new InputError(
      'recipe: tokenizer.pre_tokenizer: expected another than character without model.model_name_or_path; kind char makes every character a word',
    );
  }
  const size = tokenizer.vocab_size ?? Number.MAX_SAFE_INTEGER;
  const assumed = {
    tokenizer: { vocab_size: size, pad_token_id: 0, ...(tokenizer.characters && { character_vocab_size: size }) },
    data: labelFields(['LABEL_0', 'LABEL_1']),
  };
  const { model: tagger } = describedModel('token-classification', model, assumed, base);
  if (train.label_smoothing_factor > 0 && tagger.hasCrf) {
    const got = train.label_smoothing_factor;
    throw new InputError(`recipe: train.label_smoothing_factor: expected 0 with model.crf, got ${got}`);
  }
}

/**
 * The model of a recipe: the fields of `model`, completed from the data.
 *
 * @throws {InputError} when a field is unknown, invalid or contradicts the data, when the best checkpoint is selected by a
 *   score that such tags do not have, or when words are dropped and no token can stand in their place.
 */
export function taggerSetup(
  { data, model, train }: TokenClassificationRecipe,
  { reader, labels, scheme }: TokenClassificationData,
  base?: RunBase,
): RunSetup<'token-classification'> {
  const derived = {
    tokenizer: {
      vocab_size: reader.size,
      pad_token_id: reader.padTokenId,
      ...(reader.characterSize !== undefined && { character_vocab_size: reader.characterSize }),
    },
    data: { tag_scheme: scheme, ...labelFields(labels) },
  };
  const setup = completedModel('token-classification', model, derived, base);
  if (base) checkTokenizer(base.folder.name, { vocabSize: reader.size, padId: reader.padTokenId }, setup.tokens);
  const { isOfCharacters } = reader;
  const names = ['loss', ...tagScoreNames({ scheme: scheme as SpanScheme, isOfCharacters })].map(
    (name) => `eval_${name}`,
  );
  if (!names.includes(train.metric_for_best_model)) {
    const got = train.metric_for_best_model;
    throw new InputError(`recipe: train.metric_for_best_model: expected one of ${names.join(', ')}, got ${got}`);
  }
  const ofSpans = { 'train.seqeval_scheme': train.seqeval_scheme, 'data.repair_tags': data.repair_tags };
  const idle = scheme === 'none' ? Object.entries(ofSpans).filter(([, given]) => given) : [];
  if (idle.length > 0) {
    throw reportAll(
      'recipe',
      idle.map(([name]) => `${name}: not used if tags do not mark spans; remove it`),
    );
  }
  if (train.word_dropout > 0 && reader.droppedId === null) {
    throw new InputError(
      `recipe: train.word_dropout: expected 0 with a tokenizer that has neither an unknown token nor a mask token of its own to put in place of words, got ${train.word_dropout}`,
    );
  }
  return setup;
}
