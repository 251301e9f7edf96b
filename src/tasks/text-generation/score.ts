import type { RoleModels } from '../../models/model.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import { LossEvaluation } from '../model/loss-evaluation.ts';
import type { Evaluator } from '../run/evaluator.ts';
import type { SampledSet } from '../run/task-run.ts';
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
}

/** A text to score; a sample is a block of it. */
export interface BlockedText extends LanguageText, SampledSet {}

/** A text in blocks of `block_size` tokens; the last may be shorter. */
export const blockedText = (text: LanguageText, block_size: number): BlockedText => ({
  ...text,
  samples: Math.ceil((text.ids.length - 1) / block_size),
});

/**
 * Scores whole texts, cut into blocks that do not overlap. Each token is predicted from the 1 to `block_size` tokens
 * before it in its block, and the first token from the token that texts begin with.
 */
export async function languageEvaluator(
  model: RoleModels['causal'],
  engine: Backend | SharedWeights,
  { block_size, max_tokens_per_batch }: LanguageScoreOptions,
): Promise<Evaluator<BlockedText>> {
  const evaluation = await LossEvaluation.make(model, engine);
  const windows_per_batch = Math.max(1, Math.floor(max_tokens_per_batch / block_size));
  return {
    async score({ ids, characters }, { weights, signal }) {
      const batches = windowFeedsOf(ids, { block_size, windows_per_batch });
      const { total, labels } = await evaluation.sum(weights, batches, signal);
      return { ...scoresOf(total / labels, total / characters) };
    },
    dispose: () => evaluation.dispose(),
  };
}

const scoresOf = (loss: number, nats: number): LanguageScores => ({
  loss,
  perplexity: Math.exp(loss),
  nats_per_character: nats,
  bits_per_character: nats / Math.LN2,
});
