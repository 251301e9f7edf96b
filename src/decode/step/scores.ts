import { add, broadcastTo, constantTensor, mul, reshape, type Tensor } from '../../graph/index.ts';
import { addAlong, concat, div, less, linear, logSoftmax, sub, takeAlong, where } from '../../ops/index.ts';
import { type Blocks, blocksOf } from './block-top-k.ts';

/** What turns logits into scores, apart from what is fed; a graph is made for each. */
export interface ScoreRules {
  /** Whether log-softmax comes before the changes of single tokens, after them, or both. */
  readonly normalized: 'before' | 'after' | 'both';
  /** How many of the best are wanted at most. */
  readonly candidates: number;
}

/**
 * Tokens whose scores are changed in each row, all tensors [sentences, beams, changes]. A token may come several times, and
 * an entry that changes nothing fills a row up.
 */
export interface ScoreChanges {
  /** int32 */
  readonly tokens: Tensor;
  /** Divides a positive score and multiplies a negative one; 1 changes nothing. Source: Keskar et al. 2019, section 4.1. */
  readonly penalties: Tensor;
  /** Is added: {@link banned}, or 0. */
  readonly banScores: Tensor;
}

/** An output layer: weight [V, D], bias [V]. */
export interface OutputLayer {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** Scores of every token, as a choice of the best wants them. */
export interface TokenScores {
  /** [sentences, beams, V′]: V filled up to whole blocks with banned ones. */
  readonly scores: Tensor;
  readonly blocks: Blocks;
  /** How many of a row's best contain the wanted ones. */
  readonly width: number;
}

/** The score of what must not be generated: finite, so that it can be added. */
export const banned = -1e9;

/**
 * Scores of every next token: log-probabilities after the logits processors, in the order of Transformers 4.46.
 *
 * `hidden`: [sentences, beams, D]. Where they are normalised last, their sum along a path is a log-probability too.
 */
export function tokenScores(
  hidden: Tensor,
  { weight, bias }: OutputLayer,
  { normalized, candidates }: ScoreRules,
  changes: ScoreChanges,
): TokenScores {
  const [size, features] = weight.shape as readonly number[];
  const width = Math.min(size, candidates);
  const blocks = blocksOf(size, width);
  const missing = blocks.total - size;
  const filled = missing > 0 ? concat([weight, filling([missing, features], 0)], { axis: 0 }) : weight;
  const long = missing > 0 ? concat([bias, filling([missing], banned)], { axis: 0 }) : bias;
  const logits = withBias(hidden, filled, long);
  const changed = withChanges(normalized === 'after' ? logits : logSoftmax(logits), changes);
  return { scores: normalized === 'before' ? changed : logSoftmax(changed), blocks, width };
}

const filling = (shape: readonly number[], x: number): Tensor =>
  constantTensor(new Float64Array(shape.reduce((n, s) => n * s)).fill(x), shape);

/** x·wᵀ + b as one product of [x 1] and [w b]: a bias that is added apart is one more pass over all logits. */
function withBias(x: Tensor, w: Tensor, b: Tensor): Tensor {
  const ones = broadcastTo(constantTensor(1), { shape: [...x.shape.slice(0, -1), 1] });
  return linear(concat([x, ones], { axis: -1 }), concat([w, reshape(b, { shape: [...b.shape, 1] })], { axis: 1 }));
}

/** Adds to every changed token the difference that its penalty and its ban make. */
function withChanges(scores: Tensor, { tokens, penalties, banScores }: ScoreChanges): Tensor {
  const old = takeAlong(scores, tokens);
  const penalised = where(less(old, constantTensor(0)), mul(old, penalties), div(old, penalties));
  return addAlong(scores, tokens, add(sub(penalised, old), banScores));
}
