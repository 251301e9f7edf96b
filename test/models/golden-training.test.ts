/** A run of AdamW gives the losses and the weights that PyTorch gives, for every model there is. */
import { describe, expect, test } from 'vitest';
import { elementCount } from '../../src/graph/index.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { traceLoss } from '../../src/models/heads/terms/loss.ts';
import { checkedInputs } from '../../src/models/inputs/checked-inputs.ts';
import type { Drawn } from '../../src/nn/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { optimizer } from '../../src/train/optimizers/optimizers.ts';
import { type Grouping, trainerGroup } from '../../src/train/optimizers/parameter-group.ts';
import { nodeRandomBytes } from '../../src/train/random/random-bytes-node.ts';
import { trainGraphs } from '../../src/train/update/train-graph.ts';
import { TrainState } from '../../src/train/update/train-state.ts';
import { Updater } from '../../src/train/update/updater.ts';
import { float32Data, float32Tensor } from '../../src/weights/tensor.ts';
import { goldenModel, goldenModels } from './golden-model.ts';

const golden = await Promise.all(goldenModels.map(async (name) => ({ name, ...(await goldenModel(name)) })));
const trained = golden.flatMap(({ train, final, ...model }) => (train && final ? [{ ...model, train, final }] : []));

/** Every dropout off. */
const withoutDropout = (config: object) =>
  Object.fromEntries(Object.entries(config).map(([name, x]) => [name, /drop/.test(name) ? 0 : x]));

/** Zeros in place of what is drawn. */
const noDraw: Drawn['draw'] = (_, shape) => new Int32Array(elementCount(shape));

describe.each(trained)('$name', ({ loaded, cases, of, train, final }) => {
  const { model } = checkConfig(
    { ...withoutDropout(loaded.config), architectures: [loaded.architecture] },
    'without dropout',
  );
  const everything = modelParameters(loaded);
  const rule = optimizer({
    optim: 'adamw_torch',
    adam_beta1: train.betas[0],
    adam_beta2: train.betas[1],
    adam_epsilon: train.eps,
    weight_decay: train.weight_decay,
  });
  const made = trainGraphs((root) => traceLoss(root, model), {
    optimizer: rule,
    maxGradNorm: train.max_grad_norm,
    parameters: everything,
  });
  // In evaluation, in which the reference was run, every random block is the first.
  const graphs = {
    ...made,
    draws: new Map([...made.draws].map(([name, drawn]) => [name, { ...drawn, draw: noDraw }])),
  };

  test.runIf(train.trainer_groups)('its parameters without decay are those of the Trainer', () => {
    const own = [...everything].filter(
      ([name, parameter]) => parameter.isTrained && !trainerGroup(name, parameter).decay,
    );
    expect(own.map(([name]) => name).sort()).toEqual([...train.no_decay_params].sort());
  });

  test('losses and weights are those of PyTorch', async () => {
    const allDecay: Grouping = () => ({ decay: true, rate: 1 });
    const group = train.trainer_groups ? trainerGroup : allDecay;
    const state = new TrainState(graphs, { optimizer: rule, group });
    const shapeOf = (name: string) => everything.get(name)?.shape ?? [];
    const weights = [...loaded.parameters].map(([name, data]) => [name, float32Tensor(shapeOf(name), data)] as const);
    state.load(new Map(weights), loaded.name);
    const batches = train.log.map(({ batch }) => {
      const given = checkedInputs([...model.inputs, ...model.labelInputs], of(batch, 'in'));
      const terms = model.terms.map((term) => ({ name: term.name, ...term.feeds(given) }));
      return {
        feeds: Object.assign(
          Object.fromEntries(model.inputs.flatMap(({ name }) => (given[name] ? [[name, given[name]]] : []))),
          ...terms.map(({ feeds }) => feeds),
        ),
        counts: Object.fromEntries(terms.map(({ name, count }) => [name, count])),
        tokens: 1,
      };
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
        expect(Math.abs(found.loss - loss), `loss of step ${i}`).toBeLessThan(1e-5);
      }
    } finally {
      await updater.dispose();
    }
    expect([...final.keys()].sort()).toEqual(
      [...everything.keys()].filter((name) => everything.get(name)?.isTrained).sort(),
    );
    const still = [...everything.keys()].filter((name) => !graphs.trained.includes(name));
    expect(still).toEqual(expect.arrayContaining(train.params_without_grad));
    for (const name of still) expect(state.weights.get(name), name).toEqual(loaded.parameters.get(name));
    for (const name of graphs.trained) {
      const expected = float32Data(final.get(name)!, name);
      const found = state.weights.get(name) ?? new Float32Array();
      // Without a gradient there is only noise, which Adam turns into steps of up to the learning rate.
      const isNoise = train.zero_grad_params.includes(name);
      const near = isNoise ? loaded.parameters.get(name) : expected;
      const limit = isNoise ? train.log.length * train.lr * 1.001 : 10 * train.f32_vs_f64.max_abs;
      const [from, to] = Object.values(cases)[0]?.zero_grad_slices[name] ?? [0, 0];
      const difference = found.reduce((most, x, i) => {
        const isNoiseAt = i >= from && i < to;
        return isNoiseAt ? most : Math.max(most, Math.abs(x - (near?.[i] ?? Number.NaN)));
      }, 0);
      expect(found.length, name).toBe(expected.length);
      expect(difference, name).toBeLessThan(limit);
    }
  });
});
