import { type BatchTokens, makeBatch } from '../data/batch.ts';
import type { EncodedPairs } from '../data/encode.ts';
import { planEpoch } from '../data/epoch.ts';
import type { SequenceToSequenceModel } from '../models/sequence-to-sequence.ts';
import { type Parameter, Trace } from '../nn/index.ts';
import { lower } from '../onnx/index.ts';
import type { Backend, HostTensor, Program } from '../runtime/backend.ts';
import type { Weights } from '../train/average.ts';
import { sequenceLoss } from '../train/sequence-loss.ts';
import { hostScalar } from '../train/train-state.ts';
import { sequenceFeeds } from './sequence-batch.ts';

/** Mean cross entropy a target token, in nats, without label smoothing or dropout. Compiled once, for any weights. */
export class SequenceEvaluation {
  readonly #program: Program;
  readonly #parameters: ReadonlyMap<string, Parameter>;

  private constructor(program: Program, parameters: ReadonlyMap<string, Parameter>) {
    this.#program = program;
    this.#parameters = parameters;
  }

  static async make(model: SequenceToSequenceModel, backend: Backend): Promise<SequenceEvaluation> {
    const trace = new Trace();
    const loss = sequenceLoss(trace.root, model, 0);
    return new SequenceEvaluation(await backend.compile(lower({ loss }).bytes), trace.parameters);
  }

  async loss(weights: Weights, pairs: EncodedPairs, tokens: BatchTokens, maxTokens: number): Promise<number> {
    const parameters = Object.fromEntries(
      [...this.#parameters].map(([name, { shape }]) => [name, floats(shape, weights.get(name))]),
    );
    const { batches } = planEpoch(pairs, { max_tokens_per_batch: maxTokens, seed: 0 }, 0);
    let total = 0;
    let labels = 0;
    for (const indices of batches) {
      const batch = sequenceFeeds(makeBatch(pairs, indices, tokens));
      const { loss } = await this.#program.run({ ...parameters, ...batch.feeds, loss_scale: hostScalar(1) });
      total += Number((loss as HostTensor).data[0]);
      labels += batch.labels;
    }
    return total / labels;
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}

function floats(shape: readonly number[], data: Float32Array | undefined): HostTensor {
  if (!data) throw new Error('evaluation: a parameter has no value');
  return { type: 'float32', shape, data };
}
