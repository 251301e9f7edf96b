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
export function shiftRight({ data, shape }: HostTensor, tokens: TokenRange): HostTensor {
  const { decoderStartTokenId, padTokenId, startOf = () => decoderStartTokenId } = tokens;
  const columns = shape[1];
  const filled = (data as Int32Array).map((id) => (id === ignoredLabel ? padTokenId : id));
  const shifted = filled.map((_, i) =>
    i % columns === 0 ? startOf(filled.subarray(i, i + columns)) : Number(filled[i - 1]),
  );
  return { type: 'int32', shape, data: shifted };
}

/** Decoder inputs that are made from the labels. @throws {InputError} without labels. */
export const fromLabels = (tokens: TokenRange) => (read: ReadInput) => {
  const labels = read('labels');
  if (!labels) throw new InputError('inputs: expected decoder_input_ids or labels, got neither');
  return shiftRight(labels, tokens);
};

/** Decoder inputs that are made from the labels, or without them from the source. */
export const fromLabelsOrSource = (tokens: TokenRange) => (read: ReadInput) => {
  const target = read('labels') ?? read('input_ids');
  if (!target) throw new InputError('inputs: expected input_ids, got none');
  return shiftRight(target, tokens);
};

function checkDecoderMask(_: HostTensor, read: ReadInput): void {
  if (read('decoder_input_ids')) return;
  throw new InputError('inputs decoder_attention_mask: expected decoder_input_ids beside it, got none');
}

/** How a class of an encoder–decoder reads its decoder's tokens. */
interface DecoderReading {
  /** What happens without `decoder_input_ids`; they are made from the labels when absent. */
  readonly absent?: InputSpec['absent'];
  /** The size of their time axis: `source` if they must be as many as the source's. */
  readonly time?: 'target' | 'source';
}

/** The inputs of an encoder–decoder. */
export const sequenceInputs = (
  tokens: TokenRange,
  { absent = fromLabels(tokens), time = 'target' }: DecoderReading = {},
): readonly InputSpec[] => [
  inputIds({ ...tokens, vocabulary: tokens.sourceVocabulary }, 'source'),
  attentionMask('source'),
  {
    name: 'decoder_input_ids',
    dtype: 'int32',
    shape: ['batch', time],
    range: tokenIds(tokens.targetVocabulary),
    ...limit(tokens.maxTokens),
    absent,
  },
  {
    name: 'decoder_attention_mask',
    dtype: 'int32',
    shape: ['batch', time],
    isMask: true,
    ...(absent === 'optional' && { check: checkDecoderMask }),
    absent: 'optional',
  },
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
