/** What RoBERTa, XLM-RoBERTa and DistilBERT have of their own. That they compute what Transformers does is in golden-forward.test.ts. */
import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { loadModel, openModel } from '../../src/models/folder/load.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { forwardInputs } from '../../src/models/forward.ts';
import { uniformFrom } from '../../src/train/random/random-bytes.ts';
import { parseSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import { joined } from '../fuzz/model-seed.ts';
import { memoryFolder } from './folder.ts';
import { randomPlaces } from './random-places.ts';
import { tinyParameters } from './tiny-marian.ts';

const sizes = { vocab_size: 11, hidden_size: 6, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 5 };
const roberta = { model_type: 'roberta', ...sizes, max_position_embeddings: 9 };
const distilbert = {
  ...{ model_type: 'distilbert', vocab_size: 11, dim: 6, n_layers: 1, n_heads: 2, hidden_dim: 5 },
  max_position_embeddings: 9,
};

const setupOf = (fields: object, architecture?: string) =>
  checkConfig({ ...fields, ...(architecture && { architectures: [architecture] }) }, 'config.json');

/** The initial values of a parameter. */
function initial(fields: object, name: string): readonly number[] {
  const found = modelParameters(setupOf(fields)).get(name);
  if (!found) throw new Error(`expected ${name}`);
  return Array.from(found.initializer(found.shape, uniformFrom(0, name)));
}

/** Token ids or types, [B, T]. */
const ids = (rows: readonly (readonly number[])[]) => ({
  dtype: 'I32' as const,
  shape: [rows.length, rows[0]?.length ?? 0],
  data: Int32Array.from(rows.flat()),
});

const row = (table: readonly number[], at: number) => table.slice(at * 6, (at + 1) * 6);

/** Where a class drops values in training. */
const drops = (fields: object, architecture: string): readonly string[] =>
  randomPlaces(setupOf({ num_labels: 2, ...fields }, architecture).model);

describe.each(['roberta', 'xlm-roberta'])('%s', (model_type) => {
  const fields = { ...roberta, model_type };

  test('has positions for as many tokens as the table has rows, without the padding’s and those before it', () => {
    const { tokens } = setupOf(fields);
    expect(tokens).toMatchObject({ maxTokens: 7, padTokenId: 1 });
    const read = (...row: number[]) => forwardInputs(new Map([['input_ids', ids([row])]]), setupOf(fields));
    expect(read(0, 5, 5, 5, 5, 5, 2).input_ids?.shape).toEqual([1, 7]);
    expect(() => read(0, 5, 5, 5, 5, 5, 5, 2)).toThrow('expected at most 7 tokens (max_position_embeddings), got 8');
  });

  test('begins with rows of zeros for padding, among the words and among the positions', () => {
    for (const table of ['word', 'position']) {
      const values = initial(fields, `embeddings.${table}_embeddings.weight`);
      expect(row(values, 1), table).toEqual([0, 0, 0, 0, 0, 0]);
      expect(row(values, 2), table).not.toContain(0);
    }
  });

  test.each([
    ['ForSequenceClassification', ['classifier.dense', 'classifier.out_proj']],
    ['ForTokenClassification', ['classifier']],
    ['ForQuestionAnswering', []],
    ['ForMaskedLM', []],
  ])('%s drops what its layers read with classifier_dropout, or else hidden_dropout_prob', (kind, places) => {
    const architecture = `${model_type === 'roberta' ? 'Roberta' : 'XLMRoberta'}${kind}`;
    const own = kind.endsWith('Classification') ? { classifier_dropout: 0.5 } : {};
    const zero = { hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 };
    expect(drops({ ...fields, ...zero, ...own }, architecture)).toEqual(places);
    expect(drops({ ...fields, ...zero, hidden_dropout_prob: 0.5 }, architecture)).toEqual(
      expect.arrayContaining(places),
    );
    expect(drops({ ...fields, ...zero }, architecture)).toEqual([]);
  });

  test.each([
    [{ pad_token_id: null }, 'pad_token_id: expected a whole number, got null'],
    [{ max_position_embeddings: 2 }, 'max_position_embeddings: expected at least pad_token_id + 2 = 3, got 2'],
    [{ pad_token_id: 11 }, 'pad_token_id: expected a token id below vocab_size 11, got 11'],
  ])('refuses %j', (wrong, message) => {
    expect(() => setupOf({ ...fields, ...wrong })).toThrow(message);
  });
});

describe('distilbert', () => {
  test('has positions that begin as sines and cosines in turn if it says so, and are trained', () => {
    const sinusoidal = { ...distilbert, sinusoidal_pos_embds: true };
    const name = 'embeddings.position_embeddings.weight';
    const table = initial(sinusoidal, name);
    for (const position of [0, 1, 8]) {
      const expected = [0, 1, 2].flatMap((pair) => {
        const angle = position / 10000 ** ((2 * pair) / 6);
        return [Math.sin(angle), Math.cos(angle)];
      });
      row(table, position).forEach((x, i) => expect(x).toBeCloseTo(expected[i] ?? 0, 6));
    }
    expect(modelParameters(setupOf(sinusoidal)).get(name)?.isTrained).toBe(true);
    expect(initial(distilbert, name)).not.toEqual(table);
  });

  const off = { dropout: 0, attention_dropout: 0, seq_classif_dropout: 0, qa_dropout: 0 };
  const layer = 'distilbert.transformer.layer.0';

  test.each([
    // Attention's output is not dropped.
    ['ForSequenceClassification', 'dropout', ['distilbert.embeddings', `${layer}.output_layer_norm`]],
    ['ForSequenceClassification', 'attention_dropout', [`${layer}.attention.attn`]],
    ['ForSequenceClassification', 'seq_classif_dropout', ['classifier']],
    ['ForSequenceClassification', 'qa_dropout', []],
    ['ForTokenClassification', 'dropout', ['distilbert.embeddings', `${layer}.output_layer_norm`, 'classifier']],
    ['ForTokenClassification', 'seq_classif_dropout', []],
    ['ForQuestionAnswering', 'dropout', ['distilbert.embeddings', `${layer}.output_layer_norm`]],
    ['ForQuestionAnswering', 'qa_dropout', ['distilbert.transformer']],
    ['ForMaskedLM', 'dropout', ['distilbert.embeddings', `${layer}.output_layer_norm`]],
  ])('%s drops by %s only there', (kind, field, places) => {
    expect(drops({ ...distilbert, ...off, [field]: 0.5 }, `DistilBert${kind}`)).toEqual(places);
  });

  test('reads no token types', () => {
    const given = new Map([
      ['input_ids', ids([[5, 6]])],
      ['token_type_ids', ids([[0, 1]])],
    ]);
    expect(() => forwardInputs(given, setupOf(distilbert))).toThrow('token_type_ids');
  });

  test.each([
    [{ hidden_size: 6 }, 'hidden_size: expected no such field (the family has dim in its place), got 6'],
    [{ num_hidden_layers: 1 }, 'num_hidden_layers: expected no such field (the family has n_layers in its place)'],
    [{ n_heads: 4 }, 'n_heads: expected a divisor of dim 6, got 4'],
    [{ pad_token_id: 11 }, 'pad_token_id: expected a token id below vocab_size 11, got 11'],
  ])('refuses %j', (wrong, message) => {
    expect(() => setupOf({ ...distilbert, ...wrong })).toThrow(message);
  });

  test.each([
    ['hidden_size', 'dim'],
    ['num_hidden_layers', 'n_layers'],
    ['num_attention_heads', 'n_heads'],
    ['intermediate_size', 'hidden_dim'],
    ['hidden_act', 'activation'],
    ['classifier_dropout', 'seq_classif_dropout'],
    ['attention_probs_dropout_prob', 'attention_dropout'],
  ])('names its own field where a recipe gives BERT’s %s', (others, own) => {
    expect(() => checkConfig({ ...distilbert, [others]: 1 }, 'recipe model', { isStrict: true })).toThrow(
      `unknown field "${others}"; did you mean "${own}"?`,
    );
  });

  test('accepts what published files hold beside its fields', () => {
    const published = { tie_weights_: true, finetuning_task: 'sst-2', output_past: true };
    expect(checkConfig({ ...distilbert, ...published }, 'config.json').unknownFields).toEqual([]);
  });
});

/** Names of the weights of heads: of a masked language model, and of a classifier of texts. */
const heads = {
  roberta: {
    fields: roberta,
    classes: ['RobertaForMaskedLM', 'RobertaForSequenceClassification'],
    old: [
      'lm_head.bias',
      'lm_head.dense.bias',
      'lm_head.dense.weight',
      'lm_head.layer_norm.bias',
      'lm_head.layer_norm.weight',
    ],
    new: ['classifier.dense.weight', 'classifier.dense.bias', 'classifier.out_proj.weight', 'classifier.out_proj.bias'],
  },
  'xlm-roberta': {
    fields: { ...roberta, model_type: 'xlm-roberta' },
    classes: ['XLMRobertaForMaskedLM', 'XLMRobertaForTokenClassification'],
    old: [
      'lm_head.bias',
      'lm_head.dense.bias',
      'lm_head.dense.weight',
      'lm_head.layer_norm.bias',
      'lm_head.layer_norm.weight',
    ],
    new: ['classifier.weight', 'classifier.bias'],
  },
  distilbert: {
    fields: distilbert,
    classes: ['DistilBertForMaskedLM', 'DistilBertForSequenceClassification'],
    old: [
      ...['vocab_layer_norm.bias', 'vocab_layer_norm.weight', 'vocab_projector.bias'],
      ...['vocab_transform.bias', 'vocab_transform.weight'],
    ],
    new: ['pre_classifier.weight', 'pre_classifier.bias', 'classifier.weight', 'classifier.bias'],
  },
} as const;

describe.each(Object.entries(heads))('a masked language model of %s', (type, { fields, classes, old, new: added }) => {
  const [masked, classifier] = classes;
  const files = () => {
    const setup = setupOf(fields, masked);
    return new Map(saveModelFiles(setup, tinyParameters(setup)));
  };
  const role = classifier.endsWith('TokenClassification') ? 'token-classification' : 'sequence-classification';

  test('starts a classifier: its body is kept, its head unused, the other head new', async () => {
    const whole = await loadModel(memoryFolder(files()));
    const model = await openModel(memoryFolder(files()), { role, fields: { num_labels: 3 }, allowsNewHead: true });
    expect(model.architecture).toBe(classifier);
    expect(model.report.missing).toEqual(added);
    expect([...model.report.unexpected].sort()).toEqual(old);
    const kept = [...model.weights.names].filter((name) => model.weights.origin(name) === 'file');
    expect(kept.length).toBeGreaterThan(15);
    for (const name of kept) expect(await model.weights.read(name), name).toEqual(whole.parameters.get(name));
    await model.close();
  });

  test('with the buffers that older files hold, and without its prefix, is the same', async () => {
    const all = files();
    const { tensors } = parseSafetensors(joined(all.get('model.safetensors') as readonly Uint8Array[]), 'file');
    const prefix = type === 'distilbert' ? 'distilbert' : 'roberta';
    const positions = { dtype: 'F32' as const, shape: [1, 9], data: new Float32Array(9) };
    const older = new Map([
      ...[...tensors].map(([name, tensor]) => [name.replace(`${prefix}.`, ''), tensor] as const),
      [`${prefix}.embeddings.position_ids`, positions] as const,
    ]);
    all.set('model.safetensors', [writeSafetensors(older)]);
    const read = await loadModel(memoryFolder(all));
    expect(read.report).toMatchObject({ missing: [], unexpected: [], buffers: [`${prefix}.embeddings.position_ids`] });
    expect(read.parameters).toEqual((await loadModel(memoryFolder(files()))).parameters);
  });
});
