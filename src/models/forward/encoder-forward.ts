import { InputError } from '../../io/error.ts';
import type { EncoderModel } from '../encoder.ts';
import { checkNumbers, checkTokens, type GivenInputs, hostMatrix, type Matrix } from '../inputs/given-inputs.ts';
import type { TextTokens } from '../role.ts';
import type { ForwardRow, HostFeeds } from './forward-row.ts';

type Reader = Pick<EncoderModel, 'characterVocabulary'>;

/** The inputs of every model with an encoder. */
export const encoderNames = ({ characterVocabulary }: Reader): readonly string[] => [
  'input_ids',
  'attention_mask',
  ...(characterVocabulary === undefined ? [] : ['character_ids', 'character_ends']),
];

/** The positions at which words end in their characters: 0 … size − 1. */
function checkEnds(data: Int32Array, size: number): void {
  const at = data.findIndex((place) => place < 0 || place >= size);
  if (at < 0) return;
  throw new InputError(
    `inputs character_ends: expected positions in 0 … ${size - 1}, got ${data[at]}, at element ${at}`,
  );
}

function characterFeeds(given: GivenInputs, { rows, columns }: Matrix, size: number): HostFeeds {
  const characters = given.needed('character_ids');
  checkNumbers(
    'character_ids',
    characters,
    (id) => id >= 0 && id < size,
    `character ids in 0 … ${size - 1} (character_vocab_size ${size})`,
  );
  const shape = [rows, columns, 2];
  const ends = given.integers('character_ends', shape);
  checkEnds(ends, characters.data.length);
  return { character_ids: hostMatrix(characters), character_ends: { type: 'int32', shape, data: ends } };
}

/** The checked and completed inputs of an encoder, and its ids. */
export function encoderFeeds(
  given: GivenInputs,
  { model, tokens }: { readonly model: Reader; readonly tokens: TextTokens },
): { readonly ids: Matrix; readonly feeds: HostFeeds } {
  const ids = given.needed('input_ids');
  checkTokens('input_ids', ids, tokens.vocabulary, tokens.maxTokens);
  const { characterVocabulary } = model;
  const feeds = {
    input_ids: hostMatrix(ids),
    attention_mask: hostMatrix(given.mask('attention_mask', ids, 'input_ids')),
    ...(characterVocabulary !== undefined && characterFeeds(given, ids, characterVocabulary)),
  };
  return { ids, feeds };
}

/**
 * An encoder: `input_ids`, `attention_mask` [batch, time], and, if it reads characters, `character_ids` [rows, characters],
 * `character_ends` [batch, time, 2]; see `EncoderInputs`. It has no loss.
 */
export const encoderForward: ForwardRow<'encoder'> = {
  names: ({ model }) => encoderNames(model),
  output: 'last_hidden_state',
  feeds: (given, setup) => encoderFeeds(given, setup).feeds,
};
