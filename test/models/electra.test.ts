/** What ELECTRA's goldens cannot show: dropout, labels that do not count, and heads that are new. */
import { describe, expect, test } from 'vitest';
import { interpret, type Value, value } from '../../src/graph/index.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { openModel } from '../../src/models/folder/load.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { forwardInputs } from '../../src/models/forward.ts';
import { traceLoss } from '../../src/models/heads/terms/loss.ts';
import type { LossOptions } from '../../src/models/heads/terms/term.ts';
import { graphInputs, type HostFeeds } from '../../src/models/inputs/input-spec.ts';
import { Trace } from '../../src/nn/index.ts';
import type { Tensor } from '../../src/weights/tensor.ts';
import { memoryFolder } from './folder.ts';
import { integers } from './golden.ts';
import { randomPlaces } from './random-places.ts';
import { parameterFeeds, tinyParameters } from './tiny-marian.ts';

type Fields = Readonly<Record<string, unknown>>;

const tiny = {
  model_type: 'electra',
  vocab_size: 11,
  embedding_size: 4,
  hidden_size: 6,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 5,
  max_position_embeddings: 9,
};

const setupOf = (architecture: string, fields: Fields = {}) =>
  checkConfig({ ...tiny, architectures: [architecture], ...fields }, 'config.json');

/** Where a class drops something in training. */
const dropouts = (architecture: string, fields: Fields): string[] => randomPlaces(setupOf(architecture, fields).model);

describe('dropout', () => {
  const none = { hidden_dropout_prob: 0, attention_probs_dropout_prob: 0, classifier_dropout: 0 };

  test('of a classifier is of what both of its layers read', () => {
    expect(dropouts('ElectraForSequenceClassification', { ...none, classifier_dropout: 0.3 })).toEqual([
      'classifier.dense',
      'classifier.out_proj',
    ]);
    expect(dropouts('ElectraForTokenClassification', { ...none, classifier_dropout: 0.3 })).toEqual(['classifier']);
  });

  test('of a classifier is hidden_dropout_prob if classifier_dropout is null', () => {
    const fields = { ...none, hidden_dropout_prob: 0.3, classifier_dropout: null };
    expect(dropouts('ElectraForSequenceClassification', fields)).toContain('classifier.out_proj');
    expect(dropouts('ElectraForSequenceClassification', { ...fields, classifier_dropout: 0 })).not.toContain(
      'classifier.out_proj',
    );
  });

  test('is of the embeddings before they are mapped to the width of the blocks, and of both sublayers', () => {
    const all = dropouts('ElectraForPreTraining', { ...none, hidden_dropout_prob: 0.3, num_hidden_layers: 1 });
    expect(all).toEqual([
      'electra.embeddings',
      'electra.encoder.layer.0.attention.output.LayerNorm',
      'electra.encoder.layer.0.output.LayerNorm',
    ]);
  });
});

describe('a detector of replaced tokens', () => {
  const setup = setupOf('ElectraForPreTraining');
  const text = {
    input_ids: integers([2, 4], [1, 2, 3, 4, 5, 6, 0, 0]),
    attention_mask: integers([2, 4], [1, 1, 1, 1, 1, 1, 0, 0]),
  };
  const fed = (feeds: HostFeeds): Record<string, Value> =>
    Object.fromEntries(
      Object.entries(feeds).map(([name, { shape, data }]) => [
        name,
        data instanceof Int32Array ? value(shape, data, 'int32') : value(shape, Array.from(data, Number)),
      ]),
    );
  const inputsOf = (labels: readonly number[], more: Record<string, Tensor> = text) =>
    forwardInputs(new Map(Object.entries({ ...more, labels: integers([2, 4], labels) })), setup);
  const run = (
    labels: readonly number[],
    options: LossOptions = {},
  ): readonly [loss: number, logits: readonly number[]] => {
    const { root } = new Trace();
    const { model } = setup;
    const given = graphInputs(model.inputs);
    const loss = traceLoss(root, model, options, given);
    const pass = model.run(root, given);
    const { logits } = model.outputs(root, pass);
    const [a, b] = interpret([loss, logits], { ...parameterFeeds(setup), ...fed(inputsOf(labels)) });
    return [a.data[0], Array.from(b.data)];
  };
  const surprise = (logit: number, target: number): number =>
    -(target * Math.log(1 / (1 + Math.exp(-logit))) + (1 - target) * Math.log(1 / (1 + Math.exp(logit))));
  const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

  test('has the mean loss of the tokens that the mask shows, whatever their other labels are', () => {
    const [loss, logits] = run([0, 1, 1, 0, 1, 0, 1, 1]);
    const targets = [0, 1, 1, 0, 1, 0];
    expect(loss).toBeCloseTo(mean(targets.map((target, at) => surprise(logits[at], target))), 6);
    expect(run([0, 1, 1, 0, 1, 0, 0, -100])[0]).toBe(loss);
  });

  test('ignores a token of the text that has no label', () => {
    const [loss, logits] = run([0, -100, 1, 0, 1, -100, 1, 1]);
    const counted = [
      [0, 0],
      [2, 1],
      [3, 0],
      [4, 1],
    ];
    expect(loss).toBeCloseTo(mean(counted.map(([at, target]) => surprise(logits[at], target))), 6);
  });

  test('spreads a share of each label evenly if labels are smoothed', () => {
    const [loss, logits] = run([0, 1, 1, 0, 1, 0, 1, 1], { labelSmoothing: 0.2 });
    const targets = [0.1, 0.9, 0.9, 0.1, 0.9, 0.1];
    expect(loss).toBeCloseTo(mean(targets.map((target, at) => surprise(logits[at], target))), 6);
  });

  test('refuses labels that are neither 0 nor 1, and batches without any', () => {
    expect(() => inputsOf([0, 1, 2, 0, 0, 0, 0, 0])).toThrow(
      'inputs labels: expected labels in 0 … 1 or -100, got 2, at [0, 2]',
    );
    expect(() => inputsOf([-100, -100, -100, -100, -100, -100, 1, 0])).toThrow(
      'inputs labels: expected one that counts in the loss, got none',
    );
  });
});

describe('a folder of one class', () => {
  const files = (architecture: string, fields: Fields = {}) => {
    const setup = setupOf(architecture, fields);
    return memoryFolder(new Map(saveModelFiles(setup, tinyParameters(setup))));
  };

  test('starts a classifier, whose two layers are new', async () => {
    const options = { role: 'sequence-classification', allowsNewHead: true } as const;
    const { report, close } = await openModel(files('ElectraForPreTraining'), options);
    expect(report.missing).toEqual(
      ['dense', 'out_proj'].flatMap((name) => [`classifier.${name}.weight`, `classifier.${name}.bias`]),
    );
    expect(report.unexpected.every((name) => name.startsWith('discriminator_predictions.'))).toBe(true);
    await close();
  });

  test('starts a generator, whose table is that of the embeddings', async () => {
    const { report, close } = await openModel(files('ElectraForPreTraining'), {
      role: 'masked-lm',
      allowsNewHead: true,
    });
    expect(report.missing).toEqual([
      'generator_predictions.dense.weight',
      'generator_predictions.dense.bias',
      'generator_predictions.LayerNorm.weight',
      'generator_predictions.LayerNorm.bias',
      'generator_lm_head.bias',
    ]);
    await close();
  });

  test('has embeddings_project only if the widths differ', () => {
    const names = (fields: Fields) => [...modelParameters(setupOf('ElectraModel', fields)).keys()];
    expect(names({})).toContain('embeddings_project.weight');
    expect(names({ embedding_size: 6 }).filter((name) => name.includes('project'))).toEqual([]);
  });
});
