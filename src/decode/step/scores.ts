import { add, axisSizes, constantTensor, mul, type Tensor } from '../../graph/index.ts';
import { addAlong, div, less, linear, logSoftmax, sub, takeAlong, where } from '../../ops/index.ts';

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
  /** [sentences, beams, V] */
  readonly scores: Tensor;
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
  const [size] = axisSizes('tokenScores', 'weight', weight, ['vocabulary', 'width']);
  const logits = linear(hidden, weight, bias);
  const changed = withChanges(normalized === 'after' ? logits : logSoftmax(logits), changes);
  return { scores: normalized === 'before' ? changed : logSoftmax(changed), width: Math.min(Number(size), candidates) };
}

/** Adds to every changed token the difference that its penalty and its ban make. */
function withChanges(scores: Tensor, { tokens, penalties, banScores }: ScoreChanges): Tensor {
  const old = takeAlong(scores, tokens);
  const penalised = where(less(old, constantTensor(0)), mul(old, penalties), div(old, penalties));
  return addAlong(scores, tokens, add(sub(penalised, old), banScores));
}
