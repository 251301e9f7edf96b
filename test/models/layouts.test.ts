/** Checkpoints as others write them: each golden layout loads, computes what Transformers computes, and is saved the same twice. */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Content } from '../../src/io/whole-file.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { type LoadedModel, type LoadOptions, loadModel, openModel } from '../../src/models/folder/load.ts';
import { loadNotes } from '../../src/models/folder/load-report.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { forward } from '../../src/models/forward.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { memoryFolder } from './folder.ts';
import { goldenFolder, largestDifference, readTensors, withPrefix } from './golden.ts';
import { tinyParameters } from './tiny-marian.ts';

const backend = nodeBackend();
const layouts = (await readdir(fileURLToPath(new URL('../golden/loading', import.meta.url)))).filter((name) =>
  /^(bert|gpt2|marian)_/.test(name),
);
/** What a layout needs besides its folder. */
const optionsOf: Readonly<Record<string, LoadOptions>> = {
  bert_5_tied_different: { fields: { tie_word_embeddings: false } },
};
const tolerance = 2e-5;

const load = (layout: string) => loadModel(goldenFolder(`loading/${layout}`), optionsOf[layout]);

async function expectGoldenOutputs(layout: string, model: LoadedModel): Promise<void> {
  const golden = await readTensors(goldenFolder(`loading/${layout}`), 'expected.safetensors');
  const results = await forward(model, withPrefix(golden, 'in/'), backend);
  const outputs = withPrefix(golden, 'out/');
  expect(outputs.size).toBeGreaterThan(3);
  for (const [name, expected] of outputs) {
    const actual = results.get(name);
    if (!actual) throw new Error(`${layout}: expected ${name}`);
    expect(largestDifference(actual, expected, name), name).toBeLessThan(tolerance);
  }
}

const saved = (model: LoadedModel): Map<string, Content> => new Map(saveModelFiles(model, model.parameters));

describe.each(layouts)('the layout %s', (layout) => {
  test('computes what Transformers computes', async () => {
    await expectGoldenOutputs(layout, await load(layout));
  });

  test('is saved, loaded and saved again with the same bytes, and computes the same', async () => {
    const first = saved(await load(layout));
    const again = await loadModel(memoryFolder(first));
    expect(again.report).toMatchObject({ missing: [], unexpected: [], mismatched: [], buffers: [], dtypes: ['F32'] });
    expect([...saved(again)]).toEqual([...first]);
    await expectGoldenOutputs(layout, again);
  });
});

test('tied tensors that differ are refused with their names and the field that unties them', async () => {
  await expect(loadModel(goldenFolder('loading/bert_5_tied_different'))).rejects.toThrow(
    /: 1 tied but different \(cls\.predictions\.decoder\.weight ≠ bert\.embeddings\.word_embeddings\.weight\); to keep them apart, set "tie_word_embeddings": false in config\.json$/,
  );
});

test('a report says what a class does not use, and what is not a parameter', async () => {
  const { report, unknownFields } = await load('bert_legacy_names');
  expect(report).toMatchObject({
    missing: [],
    buffers: ['bert.embeddings.position_ids'],
    dtypes: ['F32'],
    declared: 'float32',
  });
  expect([...report.unexpected].sort()).toEqual([
    'bert.pooler.dense.bias',
    'bert.pooler.dense.weight',
    'cls.seq_relationship.bias',
    'cls.seq_relationship.weight',
  ]);
  expect(unknownFields).toEqual([]);
});

describe('an encoder that was saved alone', () => {
  const folder = goldenFolder('loading/bert_headless_into_classifier');

  test('starts a classifier: its weights are found, the head is new and named', async () => {
    const model = await openModel(folder, {
      role: 'sequence-classification',
      fields: { id2label: { 0: 'a', 1: 'b', 2: 'c' }, label2id: { a: 0, b: 1, c: 2 } },
      allowsNewHead: true,
    });
    try {
      expect(model.architecture).toBe('BertForSequenceClassification');
      expect(model.report.missing).toEqual(['classifier.weight', 'classifier.bias']);
      expect(loadNotes(model.report)).toEqual(['new weights: classifier.weight, classifier.bias']);
      const alone = await loadModel(folder);
      const names = [...model.weights.names];
      expect(names.filter((name) => model.weights.origin(name) === 'new')).toEqual(model.report.missing);
      for (const name of names.filter((one) => model.weights.origin(one) === 'file')) {
        expect(await model.weights.read(name), name).toEqual(alone.parameters.get(name.replace(/^bert\./, '')));
      }
      expect(names).toHaveLength(alone.parameters.size + 2);
    } finally {
      await model.close();
    }
  });

  test('is not a classifier without that', async () => {
    await expect(loadModel(folder, { role: 'sequence-classification' })).rejects.toThrow(
      /: 2 missing \(classifier\.weight, classifier\.bias\); the folder is of BertModel, not of BertForSequenceClassification \(model_type bert\)$/,
    );
  });

  test('is not taken for one', async () => {
    const alone = await loadModel(folder);
    expect(() => inRole(alone, 'sequence-classification', 'm')).toThrow(
      'm: architectures: expected BertForSequenceClassification, a classifier of texts, got BertModel, an encoder',
    );
  });
});

test('a tagger of Heddle starts a classifier, whose own head is new and whose tags are unused', async () => {
  const fields = { model_type: 'recurrent_encoder', vocab_size: 7, hidden_size: 4, embedding_size: 3, pad_token_id: 6 };
  const tagger = checkConfig({ ...fields, crf: true, num_labels: 3 }, 'config.json', {
    isStrict: true,
    role: 'token-classification',
  });
  const files = new Map(saveModelFiles(tagger, tinyParameters(tagger)));
  const model = await openModel(memoryFolder(files), {
    role: 'sequence-classification',
    fields: { num_labels: 2, pooling: 'attention' },
    allowsNewHead: true,
  });
  expect(loadNotes(model.report)).toEqual([
    'new weights: pooler.dense.weight, pooler.dense.bias, pooler.query.weight',
    'new weights, because their size is another: classifier.weight [3, 8] → [2, 8], classifier.bias [3] → [2]',
    'unused weights: crf.end_transitions, crf.start_transitions, crf.transitions',
  ]);
  await model.close();
});

describe('a vocabulary of another size', () => {
  test('keeps the rows there are, and adds rows with their mean', async () => {
    const before = await load('bert_5_fewer_rows');
    const after = await loadModel(goldenFolder('loading/bert_5_fewer_rows'), { fields: { vocab_size: 17 } });
    const name = 'bert.embeddings.word_embeddings.weight';
    expect(after.report.resized).toEqual([
      { name, found: [12, 24], expected: [17, 24] },
      { name: 'cls.predictions.bias', found: [12], expected: [17] },
    ]);
    const old = before.parameters.get(name) ?? new Float32Array(0);
    const made = after.parameters.get(name) ?? new Float32Array(0);
    expect(made.slice(0, old.length)).toEqual(old);
    const column = Array.from({ length: 12 }, (_, row) => old[row * 24 + 5] ?? 0);
    expect(made[16 * 24 + 5]).toBeCloseTo(column.reduce((sum, x) => sum + x, 0) / 12, 6);
  });

  test('drops rows at the end', async () => {
    const before = await load('bert_5_more_rows');
    const after = await loadModel(goldenFolder('loading/bert_5_more_rows'), { fields: { vocab_size: 17 } });
    const name = 'bert.embeddings.word_embeddings.weight';
    expect(after.parameters.get(name)).toEqual(before.parameters.get(name)?.slice(0, 17 * 24));
  });
});
