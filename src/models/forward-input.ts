import { InputError } from '../io/error.ts';
import { didYouMean } from '../io/nearest.ts';
import type { HostTensor } from '../runtime/backend.ts';
import { int32Data, type Tensor } from '../weights/tensor.ts';
import type { TokenRange } from './role.ts';

/** Rows of token ids or of a mask, row-major. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Int32Array;
}

/** The feeds of an encoder–decoder's forward pass, checked and complete. */
export interface ForwardInputs {
  readonly feeds: Readonly<Record<string, HostTensor>>;
  /** [batch·target], −100 where the loss ignores the label; absent without labels. */
  readonly labels?: HostTensor;
}

/** The label that the loss ignores, as in PyTorch. */
const ignored = -100;

const inputNames = ['input_ids', 'attention_mask', 'decoder_input_ids', 'decoder_attention_mask', 'labels'] as const;
type InputName = (typeof inputNames)[number];

const shown = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** Throws for the first number that is not allowed, with its position. */
function checkNumbers(name: string, { columns, data }: Matrix, isAllowed: (n: number) => boolean, rule: string): void {
  const at = data.findIndex((n) => !isAllowed(n));
  if (at < 0) return;
  throw new InputError(
    `inputs ${name}: expected ${rule}, got ${data[at]}, at [${Math.floor(at / columns)}, ${at % columns}]`,
  );
}

function checkIds(name: string, ids: Matrix, vocabulary: number, allowsIgnored = false): void {
  const rule = `token ids in 0 … ${vocabulary - 1} (vocab_size ${vocabulary})${allowsIgnored ? ` or ${ignored}` : ''}`;
  checkNumbers(name, ids, (id) => (id >= 0 && id < vocabulary) || (allowsIgnored && id === ignored), rule);
}

function checkLength(name: string, { columns }: Matrix, maxTokens: number): void {
  if (columns <= maxTokens) return;
  throw new InputError(
    `inputs ${name}: expected at most ${maxTokens} tokens (max_position_embeddings), got ${columns}`,
  );
}

function matrixOf(name: string, tensor: Tensor): Matrix {
  const { shape } = tensor;
  if (shape.length !== 2 || shape.includes(0)) {
    throw new InputError(`inputs ${name}: expected shape [batch, time] without 0, got ${shown(shape)}`);
  }
  return { rows: shape[0], columns: shape[1], data: int32Data(tensor, name) };
}

const sizes = ({ rows, columns }: Matrix): string => shown([rows, columns]);

function checkSameShape(name: string, matrix: Matrix, otherName: string, other: Matrix): void {
  if (matrix.rows === other.rows && matrix.columns === other.columns) return;
  throw new InputError(`inputs ${name}: expected the shape of ${otherName} ${sizes(other)}, got ${sizes(matrix)}`);
}

const onesLike = ({ rows, columns }: Matrix): Matrix => ({
  rows,
  columns,
  data: new Int32Array(rows * columns).fill(1),
});

/** Labels shifted one place to the right after the start token; labels that the loss ignores become padding. */
export function shiftRight(labels: Matrix, { decoderStartTokenId, padTokenId }: TokenRange): Matrix {
  const { rows, columns } = labels;
  const data = Int32Array.from({ length: rows * columns }, (_, i) => {
    if (i % columns === 0) return decoderStartTokenId;
    return labels.data[i - 1] === ignored ? padTokenId : labels.data[i - 1];
  });
  return { rows, columns, data };
}

const host = ({ rows, columns, data }: Matrix): HostTensor => ({ type: 'int32', shape: [rows, columns], data });

/**
 * Checks the inputs of a forward pass and fills in optional ones: a mask of ones, decoder inputs made from the labels.
 *
 * `input_ids`, `attention_mask`: [batch, source]; `decoder_input_ids`, `decoder_attention_mask`, `labels`: [batch,
 * target].
 * @throws {InputError} for an unknown or missing input, shapes that disagree, an id outside the vocabulary (with its
 *   place), a mask that is not 0 and 1, more tokens than the model has positions.
 */
export function forwardInputs(inputs: ReadonlyMap<string, Tensor>, tokens: TokenRange): ForwardInputs {
  for (const name of inputs.keys()) {
    if ((inputNames as readonly string[]).includes(name)) continue;
    throw new InputError(`inputs: expected ${inputNames.join(', ')}, got "${name}"${didYouMean(name, inputNames)}`);
  }
  const given = (name: InputName): Matrix | undefined => {
    const tensor = inputs.get(name);
    return tensor && matrixOf(name, tensor);
  };
  const source = given('input_ids');
  const labels = given('labels');
  if (!source) throw new InputError(`inputs: expected input_ids, got ${[...inputs.keys()].join(', ') || 'none'}`);
  if (labels) checkIds('labels', labels, tokens.targetVocabulary, true);
  const target = given('decoder_input_ids') ?? (labels && shiftRight(labels, tokens));
  if (!target) throw new InputError('inputs: expected decoder_input_ids or labels, got neither');
  if (labels) checkSameShape('labels', labels, 'decoder_input_ids', target);
  if (target.rows !== source.rows) {
    throw new InputError(`inputs decoder_input_ids: expected ${source.rows} rows as in input_ids, got ${target.rows}`);
  }
  checkIds('input_ids', source, tokens.sourceVocabulary);
  checkIds('decoder_input_ids', target, tokens.targetVocabulary);
  checkLength('input_ids', source, tokens.maxTokens);
  checkLength('decoder_input_ids', target, tokens.maxTokens);
  const mask = given('attention_mask') ?? onesLike(source);
  const targetMask = given('decoder_attention_mask') ?? onesLike(target);
  checkSameShape('attention_mask', mask, 'input_ids', source);
  checkSameShape('decoder_attention_mask', targetMask, 'decoder_input_ids', target);
  for (const [name, matrix] of Object.entries({ attention_mask: mask, decoder_attention_mask: targetMask })) {
    checkNumbers(name, matrix, (n) => n === 0 || n === 1, '0 or 1');
  }
  return {
    feeds: {
      input_ids: host(source),
      attention_mask: host(mask),
      decoder_input_ids: host(target),
      decoder_attention_mask: host(targetMask),
    },
    ...(labels && { labels: { type: 'int32', shape: [labels.data.length], data: labels.data } }),
  };
}
