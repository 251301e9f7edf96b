import { describe, expect, test } from 'vitest';
import type { Content } from '../../src/io/whole-file.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import type { SequenceClassifier } from '../../src/models/model.ts';
import { drawFloats } from '../ops/draw.ts';
import { memoryFolder } from './folder.ts';

const encoders = {
  transformer_encoder: { hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 },
  recurrent_encoder: { hidden_size: 4, embedding_size: 4 },
};

const fieldsOf = (type: keyof typeof encoders, more: Readonly<Record<string, unknown>> = {}) => ({
  model_type: type,
  vocab_size: 12,
  pad_token_id: 11,
  ...encoders[type],
  ...more,
});

const setupOf = (fields: Readonly<Record<string, unknown>>) => {
  const checked = checkConfig(fields, 'config', { isStrict: true, role: 'sequence-classification' });
  return inRole(checked, 'sequence-classification', 'config');
};

/** The files of a classifier with random weights. */
function filesOf(fields: Readonly<Record<string, unknown>>): Map<string, Content> {
  const setup = setupOf(fields);
  const weights = [...modelParameters(setup)].map(
    ([name, { shape }]) =>
      [
        name,
        drawFloats(
          name,
          shape.reduce((a, b) => a * b, 1),
        ),
      ] as const,
  );
  return new Map(saveModelFiles(setup, new Map(weights)));
}

const configOf = (files: ReadonlyMap<string, Content>) => JSON.parse(String(files.get('config.json')));
const labels = { id2label: { 0: 'no', 1: 'yes', 2: '모름' }, label2id: { no: 0, yes: 1, 모름: 2 } };

describe.each(Object.keys(encoders) as (keyof typeof encoders)[])('a classifier over %s', (type) => {
  test('is saved with Transformers’ names of its labels, and loads as it was', async () => {
    const files = filesOf(fieldsOf(type, { ...labels, pooling: 'attention' }));
    expect([...files.keys()].sort()).toEqual(['config.json', 'model.safetensors']);
    const config = configOf(files);
    expect(config).toMatchObject({ ...labels, num_labels: 3, problem_type: 'single_label_classification' });
    expect(config.architectures[0]).toMatch(/ForSequenceClassification$/);
    const loaded = inRole(await loadModel(memoryFolder(files)), 'sequence-classification', 'm');
    expect(loaded.model.labels).toEqual(['no', 'yes', '모름']);
    expect(loaded.parameters.get('classifier.weight')).toEqual(drawFloats('classifier.weight', 3 * 8));
    const names = [...modelParameters(loaded).keys()].slice(-5);
    expect(names).toEqual([
      'pooler.dense.weight',
      'pooler.dense.bias',
      'pooler.query.weight',
      'classifier.weight',
      'classifier.bias',
    ]);
  });

  test('of another number of labels does not load, and the difference is reported', async () => {
    const files = filesOf(fieldsOf(type, labels));
    files.set(
      'config.json',
      JSON.stringify({ ...configOf(files), id2label: { 0: 'a', 1: 'b' }, label2id: { a: 0, b: 1 }, num_labels: 2 }),
    );
    await expect(loadModel(memoryFolder(files))).rejects.toThrow(
      /2 wrong shape \(classifier\.weight \[3, 8\], expected \[2, 8\]/,
    );
  });
});

describe('what a configuration leaves out', () => {
  const modelOf = (fields: Readonly<Record<string, unknown>>): SequenceClassifier =>
    setupOf(fieldsOf('transformer_encoder', fields)).model;

  test('means what it means in Transformers', () => {
    expect(modelOf({}).labels).toEqual(['LABEL_0', 'LABEL_1']);
    expect(modelOf({ num_labels: 3 }).labels).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
    expect(modelOf({}).problemType).toBe('single_label_classification');
    expect(modelOf({ num_labels: 1 }).problemType).toBe('regression');
    expect(modelOf({ problem_type: null, id2label: null }).problemType).toBe('single_label_classification');
  });
});

describe('a configuration is refused', () => {
  test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    [
      'with an unknown pooling',
      { pooling: 'men' },
      /pooling: expected one of mean, max, first, last, attention, got "men"; did you mean "mean"/,
    ],
    [
      'with an unknown problem',
      { problem_type: 'ranking' },
      /problem_type: expected one of single_label_classification, /,
    ],
    ['whose ids have a gap', { id2label: { 0: 'a', 2: 'b' } }, /id2label: expected the ids 0 … 1, got 0, 2/],
    ['with a label twice', { id2label: { 0: 'a', 1: 'a' } }, /id2label: expected different labels/],
    [
      'with another number of labels',
      { id2label: { 0: 'a', 1: 'b' }, num_labels: 3 },
      /num_labels: expected 2, the labels of id2label, got 3/,
    ],
    [
      'whose mappings disagree',
      { id2label: { 0: 'a', 1: 'b' }, label2id: { a: 1, b: 0 } },
      /label2id: expected the inverse of id2label/,
    ],
    [
      'of a model that cannot classify',
      { model_type: 'marian' },
      /expected a classifier of texts \(.*\), got "marian", an encoder–decoder/,
    ],
  ])('%s', (_, fields, message) => {
    const base =
      fields.model_type === 'marian'
        ? { vocab_size: 12, pad_token_id: 11, decoder_start_token_id: 11 }
        : fieldsOf('transformer_encoder');
    expect(() => setupOf({ ...base, ...fields })).toThrow(message);
  });
});
