import type { InputSpec } from './input-spec.ts';

/**
 * The inputs of a model that reads the characters of words: `character_ids` int32 [rows, characters], several words per
 * row with a 0 between them; `character_ends` int32 [batch, time, 2], the positions in the flattened [rows·characters] at
 * which the forward and the backward reading of a token end, its last and its first character.
 */
export const characterInputs = (vocabulary: number): readonly InputSpec[] => [
  {
    name: 'character_ids',
    dtype: 'int32',
    shape: ['rows', 'characters'],
    range: { what: 'character ids', below: vocabulary, field: 'character_vocab_size' },
    absent: 'refused',
  },
  {
    name: 'character_ends',
    dtype: 'int32',
    shape: ['batch', 'time', 2],
    range: (read) => ({ what: 'positions', below: read('character_ids')?.data.length ?? 0 }),
    absent: 'refused',
  },
];
