/** The page that a hub shows for a model. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cardMetadata } from '../../../src/tasks/folder/card-metadata.ts';
import type { HeddleFile } from '../../../src/tasks/folder/heddle-file.ts';
import { cardFile, modelCard } from '../../../src/tasks/folder/model-card.ts';
import { baseModel } from '../../../src/tasks/verbs/base-model.ts';
import { memoryFolder } from '../../models/folder.ts';
import { temporaryFolder } from '../model-folder.ts';
import { writeTinyBert } from '../tiny-bert.ts';

const bert = { model_type: 'bert', architecture: 'BertForSequenceClassification' };

const made: HeddleFile = {
  task: 'text-classification',
  base_model: { name: 'minilm', sha256: 'ab', license: 'apache-2.0', language: 'en' },
  data: { train: 6920 },
  parameters: 22_713_986,
  metrics: { eval_loss: 0.3, eval_accuracy: 0.91, eval_runtime: 3, test_f1: 0.9 },
};

const front = (card: string): unknown => parse(card.split('---\n')[1] ?? '');

describe('the card of a fine-tuned model', () => {
  test('has the front matter that a hub reads: what it was made from, license, language, metrics', () => {
    expect(front(modelCard(made, bert))).toEqual({
      language: 'en',
      license: 'apache-2.0',
      library_name: 'transformers',
      pipeline_tag: 'text-classification',
      base_model: 'minilm',
      base_model_relation: 'finetune',
      metrics: ['accuracy', 'f1'],
      tags: ['heddle'],
    });
  });

  test('says how both libraries load it', () => {
    const card = modelCard(made, bert);
    expect(card).toContain("pipeline('text-classification', 'FOLDER')");
    expect(card).toContain('model = BertForSequenceClassification.from_pretrained("FOLDER")');
    expect(card).toContain('from the weights of minilm (license: apache-2.0)');
  });

  test('says so if the license of what it was made from is not known, and claims none', () => {
    const card = modelCard({ ...made, base_model: { name: 'minilm', sha256: 'ab' } }, bert);
    expect(card).toContain('from the weights of minilm; its card names no license.');
    expect(front(card)).not.toHaveProperty('license');
  });

  test('hands a license on to the card of the next', async () => {
    const base = {
      name: 'm',
      sha256: 'ab',
      license: 'other',
      license_name: 'own',
      license_link: 'LICENSE',
      language: ['en', 'ko'],
    };
    const card = modelCard({ ...made, base_model: base }, bert);
    const { name: _, sha256: _digest, ...said } = base;
    expect(await cardMetadata(memoryFolder(new Map([[cardFile, card]])))).toEqual(said);
  });
});

test('the card of a model of Heddle’s own, trained from nothing, claims neither a base nor that Python loads it', () => {
  const { base_model: _, ...rest } = made;
  const model = {
    model_type: 'transformer_encoder',
    architecture: 'HeddleTransformerEncoderForSequenceClassification',
  };
  const card = modelCard(rest, model);
  expect(front(card)).toMatchObject({ library_name: 'heddle' });
  expect(front(card)).not.toHaveProperty('base_model');
  expect(card).not.toContain('from_pretrained');
});

test('a run from a folder takes the license of its card, and records no path', async () => {
  const folder = await temporaryFolder();
  const base = await writeTinyBert(join(folder, 'tiny'));
  await writeFile(join(base, cardFile), '---\nlicense: mit\nlanguage: [en, ko]\n---\n');
  const found = await baseModel({ model: { model_name_or_path: base } } as Parameters<typeof baseModel>[0]);
  expect(found).toEqual({
    name: 'tiny',
    sha256: expect.stringMatching(/^[\da-f]{64}$/),
    license: 'mit',
    language: ['en', 'ko'],
  });
  await rm(folder, { recursive: true });
});
