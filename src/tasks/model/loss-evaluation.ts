import type { Tensor } from '../../graph/index.ts';
import { traceLoss } from '../../models/heads/terms/loss.ts';
import type { Model } from '../../models/model.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import type { Weights } from '../../train/run/average.ts';
import { lossScales } from '../../train/update/loss-count.ts';
import type { MicroBatch } from '../../train/update/micro-batch.ts';
import { ModelProgram } from './model-program.ts';

/** A loss summed over batches, and the number of labels. */
export interface LossSum {
  readonly total: number;
  readonly labels: number;
}

/** The loss without dropout. Compiled once, for any weights; must be disposed of. */
export class LossEvaluation {
  readonly #program: ModelProgram<{ readonly loss: Tensor }>;

  private constructor(program: ModelProgram<{ readonly loss: Tensor }>) {
    this.#program = program;
  }

  /** @param model one whose loss has a single term, `labels`. */
  static async make(model: Model, engine: Backend | SharedWeights): Promise<LossEvaluation> {
    return new LossEvaluation(await ModelProgram.make((root) => ({ loss: traceLoss(root, model) }), engine));
  }

  /** `signal` ends it, even during a batch. */
  async sum(weights: Weights, batches: Iterable<MicroBatch>, signal?: AbortSignal): Promise<LossSum> {
    let total = 0;
    let labels = 0;
    const scales = lossScales({ labels: 1 });
    for (const batch of batches) {
      const { loss } = await this.#program.run({ ...batch.feeds, ...scales }, weights, signal);
      total += Number(loss.data[0]);
      labels += batch.counts.labels ?? Number.NaN;
    }
    return { total, labels };
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}
