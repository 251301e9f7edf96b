/** In the page: a training of a tiny BERT, with weights on the host or kept by the engine. */
import { randomStream } from '../../src/data/batch/shuffle.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { traceLoss } from '../../src/models/heads/terms/loss.ts';
import type { HostTensor } from '../../src/runtime/backend.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { webGpuBackend } from '../../src/runtime/webgpu.ts';
import {
  type BatchSource,
  KeptUpdater,
  optimizer as optimizerOf,
  TrainState,
  trainerGroup,
  trainGraphs,
  Updater,
  webRandomBytes,
} from '../../src/train/web.ts';

const backends = { wasm: webBackend, webgpu: webGpuBackend };

export interface Argument {
  readonly engine: keyof typeof backends;
  readonly isKept: boolean;
}

export interface Trained {
  readonly losses: readonly number[];
  readonly norms: readonly (number | undefined)[];
  /** Changes of the weights by all updates, of every parameter. */
  readonly changes: Readonly<Record<string, number>>;
}

const steps = 3;
const labels = 3;
const vocabulary = 12;

const ints = (shape: readonly number[], next: () => number): HostTensor => ({
  type: 'int32',
  shape,
  data: Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next),
});

/** Batches of other lengths every time, in which tokens repeat. */
function madeUpBatches(): BatchSource {
  let batch = 0;
  return {
    get position() {
      return { epoch: 0, batch };
    },
    batchesInEpoch: 1000,
    next() {
      const { below } = randomStream(5, batch);
      const shape = [3, 4 + (batch++ % 2)];
      const feeds = {
        input_ids: ints(shape, () => below(vocabulary)),
        token_type_ids: ints(shape, () => below(2)),
        attention_mask: ints(shape, () => 1),
        labels: ints([3], () => below(labels)),
      };
      return { feeds, counts: { labels: 3 }, tokens: 12 };
    },
  };
}

export default async function train({ engine, isKept }: Argument): Promise<Trained> {
  const config = {
    ...{ model_type: 'bert', vocab_size: vocabulary, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2 },
    ...{ intermediate_size: 16, max_position_embeddings: 8, num_labels: labels, initializer_range: 0.5 },
  };
  const { model } = checkConfig(config, 'tiny', { isStrict: true, role: 'sequence-classification' });
  const optimizer = optimizerOf({
    ...{ optim: 'adamw_torch', adam_beta1: 0.9, adam_beta2: 0.98, adam_epsilon: 1e-3, weight_decay: 0.01 },
  });
  const graphs = trainGraphs((root) => traceLoss(root, model), { optimizer, maxGradNorm: 0.5 });
  const state = new TrainState(graphs, { optimizer, group: trainerGroup });
  state.initialize(graphs.parameters, 3);
  const before = new Map([...state.weights].map(([name, numbers]) => [name, numbers.slice()]));
  const backend = backends[engine]({ threads: 1 });
  const source = madeUpBatches();
  const parts = { graphs, optimizer, state, source, backend, randomBytes: webRandomBytes(3), accumulationSteps: 2 };
  const updater = isKept ? await KeptUpdater.make({ ...parts, group: trainerGroup }) : await Updater.make(parts);
  const losses: number[] = [];
  const norms: (number | undefined)[] = [];
  for (let step = 1; step <= steps; step++) {
    const { loss, gradNorm } = await updater.run(step, 1e-2, step === steps);
    losses.push(loss);
    norms.push(gradNorm);
  }
  if (updater instanceof KeptUpdater) await updater.read();
  await updater.dispose();
  await backend.close();
  const change = (name: string, numbers: Float32Array) =>
    numbers.reduce((sum, x, i) => sum + (x - (before.get(name)?.[i] ?? 0)) * (1 + (i % 7)), 0);
  const changes = Object.fromEntries([...state.weights].map(([name, numbers]) => [name, change(name, numbers)]));
  return { losses, norms, changes };
}
