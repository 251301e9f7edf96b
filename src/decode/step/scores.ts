import { add, axisSizes, constantTensor, mul, type Tensor } from '../../graph/index.ts';
import { addAlong, div, less, linear, logSoftmax, sub, takeAlong, where } from '../../ops/index.ts';

/** How logits become scores, apart from what is fed; a graph is compiled for each. */
export interface ScoreRules {
  /** Whether log-softmax comes before the changes to single tokens, after them, or both. */
  readonly normalized: 'before' | 'after' | 'both';
  /** The most best tokens that are requested. */
  readonly candidates: number;
  /**
   * Whether the scores of single tokens change. Bans need no change if they do not change other scores and are so few
   * that `candidates` has room for them beside those that a search needs: banned ones are left out when it chooses.
   */
  readonly changes: boolean;
}

/**
 * Tokens whose scores change in each row; all tensors are [sentences, beams, changes]. A token can occur several times;
 * rows are padded with entries that change nothing.
 */
export interface ScoreChanges {
  /** int32 */
  readonly tokens: Tensor;
  /**
   * Divides a positive score and multiplies a negative one; 1 has no effect. Source: Keskar et al. 2019, section 4.1.
   */
  readonly penalties: Tensor;
  /** Added to the score: {@link banned}, or 0. */
  readonly banScores: Tensor;
}

/** An output layer: weight [V, D] and, unless it is zero, bias [V]. */
export interface TracedOutput {
  readonly weight: Tensor;
  readonly bias?: Tensor | undefined;
}

/** Scores of every token, ready for choosing the best. */
export interface TokenScores {
  /** [sentences, beams, V] */
  readonly scores: Tensor;
  /** The number of best entries per row that include the requested ones. */
  readonly width: number;
}

/** The score of a token that must not be generated: finite, so that it can be added. */
export const banned = -1e9;

/**
 * Scores of every next token: log-probabilities after the logits processors, in the order of Transformers 4.46.
 *
 * `hidden`: [sentences, beams, D]. If they are normalised last, their sum along a path is a log-probability too.
 */
export function tokenScores(
  hidden: Tensor,
  { weight, bias }: TracedOutput,
  { normalized, candidates }: ScoreRules,
  changes: ScoreChanges | undefined,
): TokenScores {
  const [size] = axisSizes('tokenScores', 'weight', weight, ['vocabulary', 'width']);
  const logits = linear(hidden, weight, bias);
  const before = normalized === 'after' ? logits : logSoftmax(logits);
  const changed = changes ? withChanges(before, changes) : before;
  return { scores: normalized === 'before' ? changed : logSoftmax(changed), width: Math.min(Number(size), candidates) };
}

/** Adds the effect of its penalty and ban to the score of every changed token. */
function withChanges(scores: Tensor, { tokens, penalties, banScores }: ScoreChanges): Tensor {
  const old = takeAlong(scores, tokens);
  const penalised = where(less(old, constantTensor(0)), mul(old, penalties), div(old, penalties));
  return addAlong(scores, tokens, add(sub(penalised, old), banScores));
}
