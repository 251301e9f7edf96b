import { InputError } from '../../io/error.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { TextTokens, TokenRange } from '../tokens.ts';
import { ignoredLabel } from './checked-inputs.ts';
import { type InputSpec, like, type ReadInput } from './input-spec.ts';

const tokenIds = (below: number) => ({ what: 'token ids', below, field: 'vocab_size' });
const limit = (most: number) => (Number.isFinite(most) ? { most } : {});

/** `input_ids`, int32 [batch, `time`]. */
export const inputIds = ({ vocabulary, maxTokens }: TextTokens, time = 'time'): InputSpec => ({
  name: 'input_ids',
  dtype: 'int32',
  shape: ['batch', time],
  range: tokenIds(vocabulary),
  ...limit(maxTokens),
  absent: 'refused',
});

/** `attention_mask`, int32 [batch, `time`]: 1 for text, 0 for padding; ones when it is not given. */
export const attentionMask = (time = 'time'): InputSpec => ({
  name: 'attention_mask',
  dtype: 'int32',
  shape: ['batch', time],
  isMask: true,
  absent: like('input_ids', 1),
});

/** The inputs of a model that reads one text. */
export const textInputs = (tokens: TextTokens): readonly InputSpec[] => [inputIds(tokens), attentionMask()];

/** `token_type_ids`, int32 [batch, time]: which of two texts a token belongs to; zeros when it is not given. */
export const tokenTypeIds = (count: number): InputSpec => ({
  name: 'token_type_ids',
  dtype: 'int32',
  shape: ['batch', 'time'],
  range: { what: 'types', below: count, field: 'type_vocab_size' },
  absent: like('input_ids', 0),
});

/** `position_ids`, int32 [batch, time]: the position of every token; counted from 0 when it is not given. */
export const positionIds = (count: number, field: string): InputSpec => ({
  name: 'position_ids',
  dtype: 'int32',
  shape: ['batch', 'time'],
  range: { what: 'positions', below: count, field },
  absent: 'optional',
});

/** A model that reads from left to right needs no mask if padding is on the right; it is checked and not read. */
function checkRightPadding({ data, shape }: HostTensor): void {
  const columns = shape[1];
  const mask = data as Int32Array;
  const at = mask.findIndex((isText, i) => isText === 1 && i % columns > 0 && mask[i - 1] === 0);
  if (at < 0) return;
  throw new InputError(
    `inputs attention_mask: expected padding on the right, got text after it, at [${Math.floor(at / columns)}, ${at % columns}]`,
  );
}

/** The inputs of a language model. */
export const causalInputs = (tokens: TextTokens): readonly InputSpec[] => [
  inputIds(tokens),
  { ...attentionMask(), check: checkRightPadding },
];

/** Labels shifted one place to the right after the start token; labels that the loss ignores become padding. */
export function shiftRight({ data, shape }: HostTensor, { decoderStartTokenId, padTokenId }: TokenRange): HostTensor {
  const columns = shape[1];
  const shifted = Int32Array.from({ length: data.length }, (_, i) => {
    if (i % columns === 0) return decoderStartTokenId;
    return data[i - 1] === ignoredLabel ? padTokenId : Number(data[i - 1]);
  });
  return { type: 'int32', shape, data: shifted };
}

const decoderInputs = (tokens: TokenRange) => (read: ReadInput) => {
  const labels = read('labels');
  if (!labels) throw new InputError('inputs: expected decoder_input_ids or labels, got neither');
  return shiftRight(labels, tokens);
};

/** The inputs of an encoder–decoder. Missing decoder inputs are made from the labels. */
export const sequenceInputs = (tokens: TokenRange): readonly InputSpec[] => [
  inputIds({ ...tokens, vocabulary: tokens.sourceVocabulary }, 'source'),
  attentionMask('source'),
  {
    name: 'decoder_input_ids',
    dtype: 'int32',
    shape: ['batch', 'target'],
    range: tokenIds(tokens.targetVocabulary),
    ...limit(tokens.maxTokens),
    absent: decoderInputs(tokens),
  },
  { name: 'decoder_attention_mask', dtype: 'int32', shape: ['batch', 'target'], isMask: true, absent: 'optional' },
];

/** Labels of tokens, int32 [batch, `time`]. */
export const tokenLabels = (vocabulary: number, time: string, check: InputSpec['check']): InputSpec => ({
  name: 'labels',
  dtype: 'int32',
  shape: ['batch', time],
  range: tokenIds(vocabulary),
  isLabel: true,
  ...(check && { check }),
  absent: 'refused',
});
