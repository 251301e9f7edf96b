/** The weights of a folder as those of another model. */
import { expect, test } from 'vitest';
import { checkConfig } from '../../../src/models/families/check-config.ts';
import { modelParameters } from '../../../src/models/families/setup.ts';
import { readFolderConfig } from '../../../src/models/folder/load.ts';
import { saveModelFiles } from '../../../src/models/folder/save.ts';
import { labelFields } from '../../../src/models/heads/fields/classifier-fields.ts';
import { openStart } from '../../../src/tasks/run/start-weights.ts';
import { memoryFolder } from '../../models/folder.ts';
import { drawFloats } from '../../ops/draw.ts';

const size = { vocab_size: 9, pad_token_id: 8, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2 };

const taggerOf = (labels: readonly string[]) =>
  checkConfig(
    { model_type: 'transformer_encoder', ...size, intermediate_size: 8, crf: true, ...labelFields(labels) },
    'tagger',
    { role: 'token-classification' },
  );

test('a chain between tags is new with other tags, even if there are as many, and kept with the same', async () => {
  const tagger = taggerOf(['B-X', 'I-X', 'O']);
  const numbers = [...modelParameters(tagger)].map(([name, { shape }]) => {
    const count = shape.reduce((product, n) => product * n, 1);
    return [name, drawFloats(name, count)] as const;
  });
  const folder = memoryFolder(saveModelFiles(tagger, new Map(numbers)));
  const base = { folder, isCheckpoint: false, ...(await readFolderConfig(folder)) };
  const newNames = async (labels: readonly string[]) => {
    const { weights, close } = await openStart(taggerOf(labels), labelFields(labels), base);
    await close();
    return [...weights.names].filter((name) => weights.origin(name) === 'new').sort();
  };
  expect(await newNames(['B-X', 'I-X', 'O'])).toEqual([]);
  expect(await newNames(['O', 'B-X', 'I-X'])).toEqual([
    'classifier.bias',
    'classifier.weight',
    'crf.end_transitions',
    'crf.start_transitions',
    'crf.transitions',
  ]);
});
