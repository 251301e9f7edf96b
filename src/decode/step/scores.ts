import { add, constantTensor, mul, type Tensor } from '../../graph/index.ts';
import { addAlong, div, less, linear, logSoftmax, sub, takeAlong, where } from '../../ops/index.ts';

/** What turns logits into scores, apart from what is fed; a graph is made for each. */
export interface ScoreRules {
  /** Greedy search and sampling work on logits, beam search on log-probabilities. */
  readonly isGreedy: boolean;
  readonly repetitionPenalty: number;
  readonly renormalize: boolean;
  /** Never generated. */
  readonly bannedTokens: readonly number[];
  /** Whether more tokens are banned from step to step. */
  readonly hasChangingBans: boolean;
  /** How many of the best are wanted for a sentence. */
  readonly candidates: number;
}

/** What the rules read besides the logits; every tensor is [sentences, beams, ...]. */
export interface ScoreInputs {
  /** Tokens so far, int32 [..., history]. */
  readonly history: Tensor;
  /** float [..., history]: 1 where a token occurs for the first time in its row, else 0. */
  readonly isFirst: Tensor;
  /** Banned tokens, int32 [..., bans]. */
  readonly bans: Tensor;
  /** float [..., bans]: `banned` beside a banned token, 0 where there is none. */
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
  /** Banned tokens that the scores still allow. */
  readonly barred: readonly number[];
  /** How many of a row's best contain the wanted ones. */
  readonly width: number;
}

/** The score of what must not be generated: finite, so that it can go through a matrix product. */
export const banned = -1e9;

/** More banned tokens than these are cheaper to ban in all scores than to leave out of the best. */
const mostBarred = 8;

/**
 * Scores of every next token: log-probabilities after the logits processors, in the order of Transformers 4.46.
 *
 * `hidden`: [sentences, beams, D]. Greedy scores are renormalised always, which changes no choice: so their sum is a
 * log-probability too. Bans cost no pass over the scores where they can go into the bias or be left out later.
 */
export function tokenScores(
  hidden: Tensor,
  { weight, bias }: OutputLayer,
  rules: ScoreRules,
  inputs: ScoreInputs,
): TokenScores {
  const { isGreedy, repetitionPenalty, renormalize, bannedTokens, hasChangingBans } = rules;
  const [size] = weight.shape as readonly number[];
  const isPenalised = repetitionPenalty !== 1;
  const endsNormal = isGreedy || renormalize;
  const isPlain = endsNormal && !isPenalised;
  const barred = !endsNormal && bannedTokens.length <= mostBarred ? bannedTokens : [];
  const width = Math.min(size, rules.candidates + barred.length);
  const ban = barrier(isPlain ? bannedTokens : [], size);
  let scores = linear(hidden, weight, ban ? add(bias, ban) : bias);
  if (!isGreedy && !isPlain) scores = logSoftmax(scores);
  if (isPenalised) scores = penalise(scores, repetitionPenalty, inputs);
  const late = barrier(isPlain || barred.length ? [] : bannedTokens, size);
  if (late) scores = add(scores, late);
  if (hasChangingBans) scores = addAlong(scores, inputs.bans, inputs.banScores);
  return { scores: endsNormal ? logSoftmax(scores) : scores, barred, width };
}

/** `banned` for some tokens, 0 for the others, [V]; null when there are none. */
function barrier(tokens: readonly number[], size: number): Tensor | null {
  if (tokens.length === 0) return null;
  const values = new Float64Array(size);
  for (const token of tokens) values[token] = banned;
  return constantTensor(values, [size]);
}

/** Divides positive and multiplies negative scores of tokens that occurred. Source: Keskar et al. 2019, section 4.1. */
function penalise(scores: Tensor, penalty: number, { history, isFirst }: ScoreInputs): Tensor {
  const old = takeAlong(scores, history);
  const changed = where(less(old, constantTensor(0)), mul(old, penalty), div(old, penalty));
  return addAlong(scores, history, mul(sub(changed, old), isFirst));
}
