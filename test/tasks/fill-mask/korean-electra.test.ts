/** A generator with the shape of Korean checkpoints, half as wide embeddings as blocks and a cased `vocab.txt`, fills masks. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeWhole } from '../../../src/io/whole-file.ts';
import { checkConfig } from '../../../src/models/families/check-config.ts';
import { saveModelFiles } from '../../../src/models/folder/save.ts';
import { type FillMaskPipeline, loadModel, pipeline } from '../../../src/tasks/index.ts';
import { float32Data } from '../../../src/weights/tensor.ts';
import { tinyParameters } from '../../models/tiny-marian.ts';

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const vocabulary = [
  ...special,
  '서울',
  '##은',
  '대한민국',
  '##의',
  '수도',
  '도시',
  '이다',
  '.',
  'KBS',
  'kbs',
  'É',
  'e',
];
const config = {
  ...{ model_type: 'electra', architectures: ['ElectraForMaskedLM'], vocab_size: vocabulary.length },
  ...{ embedding_size: 16, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 128 },
  ...{ max_position_embeddings: 24, pad_token_id: 0 },
};
const cased = { tokenizer_class: 'ElectraTokenizer', do_lower_case: false, strip_accents: false };

let folder: string;
let fill: FillMaskPipeline;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-electra-'));
  const setup = checkConfig(config, 'config.json');
  const files = new Map([
    ...saveModelFiles(setup, tinyParameters(setup)),
    ['vocab.txt', `${vocabulary.join('\n')}\n`] as const,
    ['tokenizer_config.json', JSON.stringify(cased)] as const,
  ]);
  for (const [name, content] of files) await writeWhole(join(folder, name), content);
  fill = await pipeline('fill-mask', folder);
});
afterAll(async () => {
  await fill?.dispose();
  await rm(folder, { recursive: true, force: true });
});

test('with the probabilities of its logits, Hangul syllables whole and case kept', async () => {
  const found = await fill('서울은 KBS 대한민국의 [MASK]이다. É', { top_k: vocabulary.length });
  const read = ['[CLS]', '서울', '##은', 'KBS', '대한민국', '##의', '[MASK]', '이다', '.', 'É', '[SEP]'];
  const model = await loadModel(folder, { role: 'masked-lm' });
  const { logits } = Object.fromEntries(
    await model.forward({ input_ids: [read.map((token) => vocabulary.indexOf(token))] }),
  );
  await model.dispose();
  const at = read.indexOf('[MASK]') * vocabulary.length;
  const scores = Array.from(float32Data(logits, 'logits').slice(at, at + vocabulary.length), Math.exp);
  const total = scores.reduce((a, b) => a + b, 0);
  const filled = found as readonly { readonly token: number; readonly score: number }[];
  expect(filled.map(({ token }) => token).sort((a, b) => a - b)).toEqual(vocabulary.map((_, id) => id));
  for (const { token, score } of filled) expect(score).toBeCloseTo(scores[token] / total, 5);
});
