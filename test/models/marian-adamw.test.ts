import { expect, test } from 'vitest';
import * as z from 'zod';
import { check } from '../../src/io/check.ts';
import { readText } from '../../src/io/folder.ts';
import { parseJson } from '../../src/io/json.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import { forwardInputs } from '../../src/models/forward.ts';
import { traceLoss } from '../../src/models/heads/loss.ts';
import type { HostTensor } from '../../src/runtime/backend.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { optimizer } from '../../src/train/optimizers/optimizers.ts';
import { nodeRandomBytes } from '../../src/train/random/random-bytes-node.ts';
import { trainGraphs } from '../../src/train/update/train-graph.ts';
import { TrainState } from '../../src/train/update/train-state.ts';
import { Updater } from '../../src/train/update/updater.ts';
import { float32Data, float32Tensor } from '../../src/weights/tensor.ts';
import { goldenFolder, readTensors, withPrefix } from './golden.ts';

const folder = goldenFolder('models/marian');
const { train } = check(
  z.looseObject({
    train: z.looseObject({
      optimizer: z.literal('torch.optim.AdamW'),
      mode: z.literal('eval (no dropout)'),
      lr: z.number(),
      betas: z.tuple([z.number(), z.number()]),
      eps: z.number(),
      weight_decay: z.number(),
      batches: z.array(z.string()),
      log: z.array(z.looseObject({ batch: z.string(), loss: z.number(), lr: z.number() })),
      no_decay_params: z.array(z.string()),
      zero_grad_params: z.array(z.string()),
    }),
  }),
  parseJson(await readText(folder, 'cases.json'), 'cases.json'),
  'cases.json',
);
const golden = await readTensors(folder, 'cases.safetensors');
const final = withPrefix(await readTensors(folder, 'train.safetensors'), 'final/');

/** 10 × the largest |float32 − float64| of the reference's own run. */
const bound = { loss: 1e-5, parameter: 3.3e-5 };

const int = (shape: readonly number[], data: readonly number[]): HostTensor => ({
  type: 'int32',
  shape,
  data: Int32Array.from(data),
});

test('three steps of training with AdamW give the losses and the weights that PyTorch gives', async () => {
  const loaded = inRole(await loadModel(folder), 'sequence-to-sequence', 'marian');
  const without = checkConfig({ ...loaded.config, dropout: 0 }, 'without dropout');
  const { model } = inRole(without, 'sequence-to-sequence', 'without dropout');
  const rule = optimizer({
    optim: 'adamw_torch',
    adam_beta1: train.betas[0],
    adam_beta2: train.betas[1],
    adam_epsilon: train.eps,
    weight_decay: train.weight_decay,
  });
  const graphs = trainGraphs((root) => traceLoss(root, model), { optimizer: rule, maxGradNorm: 0 });
  const state = new TrainState(graphs, {
    optimizer: rule,
    group: (name) => ({ decay: !train.no_decay_params.includes(name), rate: 1 }),
  });
  const shapeOf = (name: string) => graphs.parameters.get(name)?.shape ?? [];
  const weights = [...loaded.parameters].map(([name, data]) => [name, float32Tensor(shapeOf(name), data)] as const);
  state.load(new Map(weights), loaded.name);
  const batches = train.log.map(({ batch }) => {
    const { labels, ...feeds } = forwardInputs(withPrefix(golden, `${batch}/in/`), loaded);
    const all = [...(labels.data as Int32Array)];
    const rows = all.flatMap((label, row) => (label === -100 ? [] : [row]));
    const labelsOf = rows.map((row) => all[row]);
    const counted = { rows: int([1, rows.length], rows), row_labels: int([1, rows.length], labelsOf) };
    return { feeds: { ...feeds, ...counted }, counts: { labels: rows.length }, tokens: rows.length };
  });
  let at = 0;
  const updater = await Updater.make({
    ...{ graphs, optimizer: rule, state, backend: nodeBackend(), accumulationSteps: 1 },
    randomBytes: nodeRandomBytes(0),
    source: {
      get position() {
        return { epoch: 0, batch: at };
      },
      batchesInEpoch: batches.length + 1,
      next: () => batches[at++],
    },
  });
  try {
    for (const [i, { loss, lr }] of train.log.entries()) {
      const found = await updater.run(i + 1, lr, i + 1 === train.log.length);
      expect(Math.abs(found.loss - loss), `loss of step ${i}`).toBeLessThan(bound.loss);
    }
  } finally {
    await updater.dispose();
  }
  const steps = train.log.length;
  expect([...graphs.trained].sort()).toEqual([...final.keys()].sort());
  const bias = 'final_logits_bias';
  expect(state.weights.get(bias)).toEqual(loaded.parameters.get(bias));
  for (const [name, tensor] of final) {
    const expected = float32Data(tensor, name);
    const found = state.weights.get(name) ?? new Float32Array();
    // Without a gradient there is only noise, which Adam turns into steps of up to the learning rate.
    const isNoise = train.zero_grad_params.includes(name);
    const [near, limit] = isNoise
      ? [loaded.parameters.get(name), steps * train.lr * 1.001]
      : [expected, bound.parameter];
    const difference = found.reduce((most, x, i) => Math.max(most, Math.abs(x - (near?.[i] ?? Number.NaN))), 0);
    expect(found.length, name).toBe(expected.length);
    expect(difference, name).toBeLessThan(limit);
  }
});
