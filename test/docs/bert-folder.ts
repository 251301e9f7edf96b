/** A small BERT in a folder as Hugging Face has it, for the pages that start from one: random weights, real files. */
import { join } from 'node:path';
import { writeWhole } from '../../src/io/whole-file.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { drawFloats } from '../ops/draw.ts';

const specials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const words =
  'a the what film was is it that not at all good fine lovely bad dull silly barks dog cat sleep ##s run ##ning loom ' +
  'lift thread ##t in to who where how when lives flies Kim Lee Park Seoul Busan 오늘 ##은 영화 ##가 정말 좋다 나쁘다 어디 . , ?';

const vocabulary = [...specials, ...words.toLowerCase().split(' ')];

/** The files of `bert-base-uncased`: its configuration names one class, its weights are those of another. */
const config = {
  model_type: 'bert',
  architectures: ['BertForPreTraining'],
  vocab_size: vocabulary.length,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
  max_position_embeddings: 512,
  gradient_checkpointing: false,
  pad_token_id: 0,
};

/** Norms near the identity, all else near zero. */
const weightsOf = (name: string, shape: readonly number[]): Float32Array => {
  const isScale = name.endsWith('LayerNorm.weight');
  const count = shape.reduce((product, size) => product * size, 1);
  return drawFloats(name, count).map((x) => (isScale ? 1 + 0.1 * x : 0.2 * x));
};

/** Writes the folder and gives its path. */
export async function writeBertFolder(path: string): Promise<string> {
  const setup = checkConfig(config, 'config.json');
  const parameters = new Map([...modelParameters(setup)].map(([name, { shape }]) => [name, weightsOf(name, shape)]));
  const files = saveModelFiles(setup, parameters);
  files.set('config.json', `${JSON.stringify({ ...config, architectures: ['BertForMaskedLM'] }, null, 2)}\n`);
  files.set('vocab.txt', `${vocabulary.join('\n')}\n`);
  files.set('tokenizer_config.json', '{ "tokenizer_class": "BertTokenizer", "do_lower_case": true }\n');
  files.set('README.md', '---\nlicense: apache-2.0\nlanguage: en\n---\n');
  for (const [name, content] of files) await writeWhole(join(path, name), content);
  return path;
}
