import { type BatchTokens, makeBatch } from '../../data/batch/batch.ts';
import type { EncodedPairs } from '../../data/batch/encode.ts';
import { planEpoch } from '../../data/batch/epoch.ts';
import type { RoleModels } from '../../models/model.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import type { Weights } from '../../train/run/average.ts';
import type { MicroBatch } from '../../train/update/micro-batch.ts';
import { LossEvaluation } from '../model/loss-evaluation.ts';
import { sequenceFeeds } from './sequence-batch.ts';

/** Mean cross entropy per target token, in nats, without label smoothing or dropout. Compiled once, for any weights. */
export class SequenceEvaluation {
  readonly #evaluation: LossEvaluation;

  private constructor(evaluation: LossEvaluation) {
    this.#evaluation = evaluation;
  }

  static async make(
    model: RoleModels['sequence-to-sequence'],
    engine: Backend | SharedWeights,
  ): Promise<SequenceEvaluation> {
    return new SequenceEvaluation(await LossEvaluation.make(model, engine));
  }

  async loss(
    weights: Weights,
    pairs: EncodedPairs,
    tokens: BatchTokens,
    maxTokens: number,
    signal?: AbortSignal,
  ): Promise<number> {
    const { batches } = planEpoch(pairs, { max_tokens_per_batch: maxTokens, padding: tokens.padding, seed: 0 }, 0);
    const { total, labels } = await this.#evaluation.sum(weights, laidOut(batches, pairs, tokens), signal);
    return total / labels;
  }

  dispose(): Promise<void> {
    return this.#evaluation.dispose();
  }
}

/** The batches in order, each created when it is needed. */
function* laidOut(batches: readonly Int32Array[], pairs: EncodedPairs, tokens: BatchTokens): Generator<MicroBatch> {
  for (const indices of batches) yield sequenceFeeds(makeBatch(pairs, indices, tokens), tokens.padding);
}
