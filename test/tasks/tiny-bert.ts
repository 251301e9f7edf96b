/** A small BERT with random weights and a `vocab.txt`, as Hugging Face's folders are. */
import { join } from 'node:path';
import { writeWhole } from '../../src/io/whole-file.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { type ModelSetup, modelParameters } from '../../src/models/families/setup.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { drawFloats } from '../ops/draw.ts';

const words = [
  'lovely',
  'great',
  '좋다',
  'awful',
  'dull',
  '나쁘다',
  'the',
  'film',
  'was',
  'a',
  'very',
  'long',
  '영화가',
  '정말',
];
const vocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...words, '.', '?', '##s'].map((one) =>
  one.normalize('NFD'),
);

/** Fields of its `config.json`. */
export const tinyBertConfig = {
  model_type: 'bert',
  architectures: ['BertModel'],
  vocab_size: vocabulary.length + 3,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 32,
  max_position_embeddings: 32,
  pad_token_id: 0,
  unknown_to_heddle: { is: 'kept' },
};

/** Weights of any model: norms near 1, all else within ± 0.3. */
export const tinyWeights = (setup: ModelSetup): Map<string, Float32Array> =>
  new Map(
    [...modelParameters(setup)].map(([name, { shape }]) => {
      const isScale = /norm\.weight$/i.test(name);
      const count = shape.reduce((n, size) => n * size, 1);
      return [name, drawFloats(`tiny ${name}`, count).map((x) => x * (isScale ? 0.1 : 0.3) + (isScale ? 1 : 0))];
    }),
  );

/** The files of the folder; `config` changes its `config.json`. */
export function tinyBertFiles(config: object = {}) {
  const setup = checkConfig({ ...tinyBertConfig, ...config }, 'tiny bert');
  return new Map([
    ...saveModelFiles(setup, tinyWeights(setup)),
    ['vocab.txt', `${vocabulary.join('\n')}\n`] as const,
    ['tokenizer_config.json', JSON.stringify({ tokenizer_class: 'BertTokenizer', do_lower_case: true })] as const,
  ]);
}

/** Writes the folder and gives its path. */
export async function writeTinyBert(path: string, config: object = {}): Promise<string> {
  for (const [name, content] of tinyBertFiles(config)) await writeWhole(join(path, name), content);
  return path;
}
