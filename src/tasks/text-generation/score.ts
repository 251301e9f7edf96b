import type { Weights } from '../../train/run/average.ts';
import type { LossEvaluation } from '../model/loss-evaluation.ts';
import type { LanguageText } from './language-text.ts';
import { windowFeedsOf } from './window-batch.ts';

/** How well a language model predicts a text; nats use natural logarithms, bits binary ones. */
export interface LanguageScores {
  /** Mean −log p per token, in nats. */
  readonly loss: number;
  /** e^loss */
  readonly perplexity: number;
  /** −log p of the text in nats, per character: comparable between tokenizers. */
  readonly nats_per_character: number;
  readonly bits_per_character: number;
}

/** The scores for which lower is better: all but the loss, which always counts so. */
export const lowerIsBetter = ['perplexity', 'nats_per_character', 'bits_per_character'] as const;

/** How to cut a text for scoring. */
export interface LanguageScoreOptions {
  /** Tokens that the model sees at once. */
  readonly block_size: number;
  /** Tokens in a batch. */
  readonly max_tokens_per_batch: number;
  /** Ends the scoring. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Scores a whole text, cut into blocks that do not overlap. Each token is predicted from the 1 to `block_size` tokens
 * before it in its block, and the first token from the token that texts begin with.
 */
export async function languageScores(
  evaluation: LossEvaluation,
  weights: Weights,
  { ids, characters }: LanguageText,
  { block_size, max_tokens_per_batch, signal }: LanguageScoreOptions,
): Promise<LanguageScores> {
  const windows_per_batch = Math.max(1, Math.floor(max_tokens_per_batch / block_size));
  const { total, labels } = await evaluation.sum(
    weights,
    windowFeedsOf(ids, { block_size, windows_per_batch }),
    signal,
  );
  const loss = total / labels;
  const nats = total / characters;
  return { loss, perplexity: Math.exp(loss), nats_per_character: nats, bits_per_character: nats / Math.LN2 };
}
