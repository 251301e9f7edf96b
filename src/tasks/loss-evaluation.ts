import { type Parameter, Trace } from '../nn/index.ts';
import { lower } from '../onnx/index.ts';
import type { Backend, HostTensor, Program } from '../runtime/backend.ts';
import type { Weights } from '../train/average.ts';
import type { MicroBatch } from '../train/micro-batch.ts';
import type { LossTrace } from '../train/train-graph.ts';
import { hostScalar } from '../train/train-state.ts';

/** A loss summed over batches, and over how many labels. */
export interface LossSum {
  readonly total: number;
  readonly labels: number;
}

/** A loss without dropout. Compiled once, for any weights; must be disposed of. */
export class LossEvaluation {
  readonly #program: Program;
  readonly #parameters: ReadonlyMap<string, Parameter>;

  private constructor(program: Program, parameters: ReadonlyMap<string, Parameter>) {
    this.#program = program;
    this.#parameters = parameters;
  }

  /** @param loss summed over labels, times `loss_scale`. */
  static async make(loss: LossTrace, backend: Backend): Promise<LossEvaluation> {
    const trace = new Trace();
    const graph = lower({ loss: loss(trace.root) });
    return new LossEvaluation(await backend.compile(graph.bytes), trace.parameters);
  }

  async sum(weights: Weights, batches: Iterable<MicroBatch>): Promise<LossSum> {
    const parameters = Object.fromEntries(
      [...this.#parameters].map(([name, { shape }]) => [name, floats(name, shape, weights.get(name))]),
    );
    let total = 0;
    let labels = 0;
    for (const batch of batches) {
      const { loss } = await this.#program.run({ ...parameters, ...batch.feeds, loss_scale: hostScalar(1) });
      total += Number((loss as HostTensor).data[0]);
      labels += batch.labels;
    }
    return { total, labels };
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}

function floats(name: string, shape: readonly number[], data: Float32Array | undefined): HostTensor {
  if (!data) throw new Error(`evaluation: parameter ${name} has no value`);
  return { type: 'float32', shape, data };
}
