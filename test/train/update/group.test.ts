/** Groups of parameters: weight decay or none, and a factor of the learning rate. */
import { afterAll, describe, expect, test } from 'vitest';
import { checkConfig } from '../../../src/models/families/check-config.ts';
import { modelParameters } from '../../../src/models/families/setup.ts';
import { positionSchemes, Trace, zeros } from '../../../src/nn/index.ts';
import { type Grouping, trainerGroup } from '../../../src/train/optimizers/parameter-group.ts';
import { tinyEncoder, tinyLm, tinySeq2Seq } from '../../models/tiny-transformer.ts';
import { sequenceTask, tinyModel } from '../sequence-task.ts';
import { batchOf, copyOf, disposeUpdaters, updaterOf } from './tiny-updater.ts';

afterAll(disposeUpdaters);

const batches = [batchOf(0, 20), batchOf(20, 48)];
const model = tinyModel({ dropout: 0 });
const inGroups = (group: Grouping) => ({ task: { ...sequenceTask({ model }), group } });

/** Three groups: the encoder learns at half the rate, biases and norms of both without decay. */
const byHalf: Grouping = (name, { shape }) => ({ decay: shape.length > 1, rate: name.includes('encoder') ? 0.5 : 1 });

describe('the rate of a group', () => {
  test('multiplies the learning rate of its parameters', async () => {
    const sgd = { optim: 'sgd', max_grad_norm: 0 } as const;
    const same = await updaterOf(batches, sgd, inGroups(trainerGroup));
    const halved = await updaterOf(batches, sgd, inGroups(byHalf));
    const before = copyOf(same.state.weights);
    for (const { updater } of [same, halved]) await updater.run(1, 1, true);
    for (const [name, was] of before) {
      const rate = name.includes('encoder') ? 0.5 : 1;
      const moved = same.state.weights.get(name)?.map((x, i) => (x - was[i]) * rate) ?? [];
      const found = halved.state.weights.get(name)?.map((x, i) => x - was[i]) ?? [];
      expect([name, moved.findIndex((x, i) => Math.abs(x - found[i]) > 1e-6)]).toEqual([name, -1]);
    }
  });

  test('multiplies AdamW’s decay too, as in PyTorch, whose groups each have a learning rate', async () => {
    const still = { ...batches[0], counts: { labels: 0 } };
    const { updater, state } = await updaterOf([still], { weight_decay: 0.1 }, inGroups(byHalf));
    const before = copyOf(state.weights);
    await updater.run(1, 0.5, true);
    const shares = ['model.encoder.layers.0.fc1.weight', 'model.decoder.layers.0.fc1.weight'].map((name) => {
      const [was, is] = [before, state.weights].map((weights) => weights.get(name)?.[0] ?? Number.NaN);
      return is / was;
    });
    expect(shares[0]).toBeCloseTo(1 - 0.5 * 0.5 * 0.1, 6);
    expect(shares[1]).toBeCloseTo(1 - 0.5 * 0.1, 6);
  });

  test('of 0 leaves its parameters as they are', async () => {
    const group: Grouping = (name, parameter) => ({
      ...trainerGroup(name, parameter),
      rate: name.includes('fc1') ? 0 : 1,
    });
    const { updater, state } = await updaterOf(batches, { weight_decay: 0.1 }, inGroups(group));
    const before = copyOf(state.weights);
    await updater.run(1, 1e-2, true);
    const same = [...before].filter(([name, numbers]) => String(state.weights.get(name)) === String(numbers));
    expect(same.map(([name]) => name).filter((name) => name !== 'final_logits_bias')).toEqual(
      [...before.keys()].filter((name) => name.includes('fc1')),
    );
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('of %d is refused', async (rate) => {
    await expect(
      updaterOf(
        batches,
        {},
        inGroups(() => ({ decay: true, rate })),
      ),
    ).rejects.toThrow(
      new RangeError(`train: expected a rate from 0 for the group of model.shared.weight, got ${rate}`),
    );
  });
});

describe('the pieces of an update', () => {
  test('hold numbers of one group each, those with decay first', async () => {
    const { state } = await updaterOf(batches, {}, { ...inGroups(byHalf), pieceSize: 500 });
    const groups = state.pieces.map(({ group: { decay, rate } }) => `${decay ? 'decay' : 'no decay'} ${rate}`);
    expect([...new Set(groups)]).toEqual(['decay 1', 'decay 0.5', 'no decay 0.5', 'no decay 1']);
    expect(groups.findIndex((group) => group.startsWith('no'))).toBe(
      groups.findLastIndex((g) => g.startsWith('decay')) + 1,
    );
    const sizes = new Map<string, number>();
    for (const [i, { values }] of state.pieces.entries()) {
      const { length } = values.parameter.data;
      expect(length).toBeLessThanOrEqual(500);
      sizes.set(groups[i], (sizes.get(groups[i]) ?? 0) + length);
    }
    const wanted = new Map<string, number>();
    for (const [name, parameter] of modelParameters(model)) {
      if (!parameter.isTrained) continue;
      const { decay, rate } = byHalf(name, parameter);
      const key = `${decay ? 'decay' : 'no decay'} ${rate}`;
      wanted.set(key, (wanted.get(key) ?? 0) + parameter.shape.reduce((n, size) => n * size, 1));
    }
    expect(sizes).toEqual(wanted);
  });

  test('do not depend on how many groups there are: groups that are equal give the same bytes as one', async () => {
    const changes = { weight_decay: 0.1, max_grad_norm: 0.1 };
    const [one, two] = [
      await updaterOf(batches, changes, inGroups(trainerGroup)),
      await updaterOf(
        batches,
        changes,
        inGroups((_, { shape }) => ({ decay: shape.length > 1, rate: 1 })),
      ),
    ];
    for (let update = 1; update <= 3; update++) {
      expect(await two.updater.run(update, 1e-2, false)).toEqual(await one.updater.run(update, 1e-2, false));
    }
    expect(two.state.weights).toEqual(one.state.weights);
  });
});

/**
 * Names without weight decay, in lower case: `forbidden_name_patterns`, and GPT-2's `ln_…`, which the Trainer finds as
 * `nn.LayerNorm`.
 *
 * Source: transformers 5.24 trainer.py, get_decay_parameter_names.
 */
const forbidden = [/bias/, /layernorm/, /rmsnorm/, /(?:^|\.)norm(?:$|\.)/, /_norm(?:$|\.)/, /(?:^|\.)ln_/];
const decaysInTrainer = (name: string): boolean => !forbidden.some((pattern) => pattern.test(name.toLowerCase()));

const transformers = { encoder: tinyEncoder, 'language model': tinyLm, 'sequence-to-sequence model': tinySeq2Seq };
const kinds = Object.keys(transformers) as (keyof typeof transformers)[];

describe('weight decay', () => {
  test.each(kinds.flatMap((kind) => Object.keys(positionSchemes).map((scheme) => [kind, scheme] as const)))(
    'of a Transformer, %s, with %s positions applies to the parameters that the Trainer decays',
    (kind, scheme) => {
      for (const hidden_act of ['gelu', 'geglu']) {
        const parameters = [...modelParameters(transformers[kind](scheme, { hidden_act }))];
        const found = parameters.filter(([name, parameter]) => trainerGroup(name, parameter).decay);
        expect(found.map(([name]) => name)).toEqual(parameters.map(([name]) => name).filter(decaysInTrainer));
      }
    },
  );

  test('of Marian applies to the parameters that the Trainer decays', () => {
    const trained = [...modelParameters(model)].filter(([, { isTrained }]) => isTrained);
    const found = trained.filter(([name, parameter]) => trainerGroup(name, parameter).decay);
    expect(found.map(([name]) => name)).toEqual(trained.map(([name]) => name).filter(decaysInTrainer));
    expect(found.length).toBeGreaterThan(10);
  });

  test.each(['Model', ...['PreTraining', 'SequenceClassification', 'QuestionAnswering'].map((one) => `For${one}`)])(
    'of Bert%s applies to the parameters that the Trainer decays',
    (name) => {
      const size = { vocab_size: 9, hidden_size: 4, num_attention_heads: 1, tie_word_embeddings: false };
      const setup = checkConfig({ model_type: 'bert', ...size, architectures: [`Bert${name}`] }, 'bert');
      const parameters = [...modelParameters(setup)];
      const found = parameters.filter(([at, parameter]) => trainerGroup(at, parameter).decay);
      expect(found.map(([at]) => at)).toEqual(parameters.map(([at]) => at).filter(decaysInTrainer));
      expect(found.length).toBeGreaterThan(50);
    },
  );

  test('of a parameter without a part applies to matrices', () => {
    const trace = new Trace();
    trace.root.parameter('matrix', [2, 2], zeros);
    trace.root.parameter('vector', [2], zeros);
    const decays = [...trace.parameters].map(([name, parameter]) => trainerGroup(name, parameter).decay);
    expect(decays).toEqual([true, false]);
  });
});
