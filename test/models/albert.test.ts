/** What ALBERT's goldens cannot show: dropout, and what is refused. */
import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import { forwardInputs } from '../../src/models/forward.ts';
import { traceLoss } from '../../src/models/heads/terms/loss.ts';
import { Trace } from '../../src/nn/index.ts';
import { goldenFolder, integers } from './golden.ts';
import { randomPlaces } from './random-places.ts';

type Fields = Readonly<Record<string, unknown>>;

const tiny = {
  model_type: 'albert',
  vocab_size: 11,
  embedding_size: 4,
  hidden_size: 6,
  num_hidden_layers: 3,
  num_hidden_groups: 2,
  inner_group_num: 2,
  num_attention_heads: 2,
  intermediate_size: 5,
  max_position_embeddings: 9,
};

const setupOf = (architecture: string, fields: Fields = {}) =>
  checkConfig({ ...tiny, architectures: [architecture], ...fields }, 'config.json');

/** Where a class drops something in training. */
const dropouts = (architecture: string, fields: Fields): string[] => randomPlaces(setupOf(architecture, fields).model);

const none = { hidden_dropout_prob: 0, attention_probs_dropout_prob: 0, classifier_dropout_prob: 0 };
const blockAt = (group: number, inner: number) => `albert.encoder.albert_layer_groups.${group}.albert_layers.${inner}`;

describe('dropout', () => {
  test('is of the embeddings and of what each attention gives, anew at every application; not of the feed-forward layers', () => {
    const norm = (group: number, inner: number) => `${blockAt(group, inner)}.attention.LayerNorm`;
    expect(dropouts('AlbertForMaskedLM', { ...none, hidden_dropout_prob: 0.3 })).toEqual([
      'albert.embeddings',
      ...[norm(0, 0), norm(0, 1), `${norm(0, 0)}:1`, `${norm(0, 1)}:1`],
      ...[norm(1, 0), norm(1, 1)],
    ]);
  });

  test('of attention weights is that of every application', () => {
    expect(dropouts('AlbertForMaskedLM', { ...none, attention_probs_dropout_prob: 0.3 })).toHaveLength(6);
  });

  test.each([
    ['AlbertForSequenceClassification', 'classifier'],
    ['AlbertForTokenClassification', 'classifier'],
    ['AlbertForPreTraining', 'sop_classifier'],
  ])('of what a classifier reads is classifier_dropout_prob: %s', (architecture, name) => {
    expect(dropouts(architecture, { ...none, classifier_dropout_prob: 0.3 })).toEqual([name]);
  });
});

describe('blocks', () => {
  const names = (fields: Fields) => [...modelParameters(setupOf('AlbertForMaskedLM', fields)).keys()];

  test('of a group have the same weights however often it is applied', () => {
    const twice = { num_hidden_groups: 1, num_hidden_layers: 2 };
    expect(names({ ...twice, num_hidden_layers: 12 })).toEqual(names(twice));
    expect(names({ ...twice, inner_group_num: 3 }).length).toBeGreaterThan(names(twice).length);
  });

  test('show their attention at every application', () => {
    const { root, taps } = new Trace();
    const { model } = setupOf('AlbertForMaskedLM');
    traceLoss(root, model);
    expect([...taps.keys()].filter((name) => name.startsWith('attentions'))).toHaveLength(6);
    expect([...taps.keys()].filter((name) => name.startsWith('hidden_states'))).toHaveLength(7);
  });

  test('cannot be in more groups than are applied, nor more than a thousand', () => {
    expect(() => setupOf('AlbertModel', { num_hidden_groups: 4 })).toThrow(
      'config.json: num_hidden_groups: expected at most num_hidden_layers 3, got 4',
    );
    expect(() => setupOf('AlbertModel', { inner_group_num: 400 })).toThrow(
      'config.json: inner_group_num: expected at most 333, got 400',
    );
  });
});

test('a folder with both objectives of pre-training fills masks, without pooler and order', async () => {
  const { report } = await loadModel(goldenFolder('models/albert_pretraining'), { role: 'masked-lm' });
  expect([...report.unexpected].sort()).toEqual([
    'albert.pooler.bias',
    'albert.pooler.weight',
    'sop_classifier.classifier.bias',
    'sop_classifier.classifier.weight',
  ]);
});

describe('the order of sentences', () => {
  const given = (fields: Fields, order: readonly number[]) => {
    const labels = integers([2, 2], [1, -100, 2, -100]);
    const inputs = { input_ids: integers([2, 2], [1, 2, 3, 4]), labels, sentence_order_label: integers([2], order) };
    return () => forwardInputs(new Map(Object.entries(inputs)), setupOf('AlbertForPreTraining', fields));
  };

  test('is 0 or 1, whatever num_labels is by default', () => {
    expect(given({}, [0, 1])().sentence_order_label?.data).toEqual(Int32Array.of(0, 1));
    expect(given({}, [0, 2])).toThrow('inputs sentence_order_label: expected labels in 0 … 1 or -100, got 2, at [1]');
  });

  test('has no loss in a model with other than two outputs', () => {
    expect(given({ num_labels: 3 }, [0, 1])).toThrow(
      'inputs sentence_order_label: expected a model with 2 outputs for the order of sentences, got num_labels 3',
    );
  });

  test('has an output for every label of the model', () => {
    const shapeOf = (fields: Fields) =>
      modelParameters(setupOf('AlbertForPreTraining', fields)).get('sop_classifier.classifier.weight')?.shape;
    expect(shapeOf({})).toEqual([2, 6]);
    expect(shapeOf({ id2label: { 0: 'a', 1: 'b', 2: 'c' } })).toEqual([3, 6]);
  });
});
