/** A model of every task, as large as is served in earnest, with weights as they are after one update. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeBackend } from '../dist/runtime/node.js';
import { parseRecipe } from '../dist/tasks/index.js';
import { trainRecipe } from '../dist/tasks/verbs/train-recipe.js';
import { sentences } from './synthetic.mjs';

const size = { hidden_size: 256, num_hidden_layers: 6, num_attention_heads: 4, intermediate_size: 1024 };
const pair = (d_model, layers) => ({
  model_type: 'marian',
  d_model,
  encoder_layers: layers,
  decoder_layers: layers,
  encoder_attention_heads: 4,
  decoder_attention_heads: 4,
  encoder_ffn_dim: 2 * d_model,
  decoder_ffn_dim: 2 * d_model,
});
const bpe = { vocab_size: 4000 };
const column = { source: 'long', target: 'short' };
const fileOf = (lines) => lines.join('\n');
const halved = (line) => line.split(' ').slice(0, 3).join(' ');
const csv = (lines) => fileOf(['long,short', ...lines.map((line) => `${line},${halved(line)}`)]);
const tagged = (line) =>
  line
    .split(' ')
    .map((word) => `${word}\t${word.length > 6 ? 'B-LONG' : 'O'}`)
    .join('\n');

/** By task: its data, files by name, and what its recipe says besides. */
const tasks = {
  translation: {
    files: (lines) => ({ 'train.source': fileOf(lines), 'train.target': fileOf(lines.map(halved)) }),
    data: { train: { source: 'train.source', target: 'train.target' } },
    tokenizer: bpe,
    model: pair(128, 3),
    generation: { num_beams: 1, max_new_tokens: 20 },
  },
  summarization: {
    files: (lines) => ({ 'train.csv': csv(lines) }),
    data: { train: { file: 'train.csv', columns: column } },
    tokenizer: bpe,
    model: {
      model_type: 'transformer_seq2seq',
      ...size,
      hidden_size: 128,
      num_hidden_layers: 3,
      intermediate_size: 256,
    },
    generation: { num_beams: 4, max_new_tokens: 20 },
  },
  'text2text-generation': {
    files: (lines) => ({ 'train.csv': csv(lines) }),
    data: { train: { file: 'train.csv', columns: column } },
    tokenizer: bpe,
    model: pair(128, 3),
    generation: { num_beams: 1, max_new_tokens: 20 },
  },
  'text-classification': {
    files: (lines) => ({ 'train.tsv': fileOf(lines.map((line, at) => `${line}\t${at % 2 ? 'odd' : 'even'}`)) }),
    data: { train: { file: 'train.tsv' } },
    tokenizer: bpe,
    model: { model_type: 'transformer_encoder', ...size },
  },
  'token-classification': {
    files: (lines) => ({ 'train.tsv': lines.map(tagged).join('\n\n') }),
    data: { train: { file: 'train.tsv' } },
    model: {
      model_type: 'recurrent_encoder',
      crf: true,
      embedding_size: 128,
      hidden_size: 384,
      character_embedding_size: 25,
      character_hidden_size: 50,
    },
  },
  'text-generation': {
    files: (lines) => ({ 'train.txt': lines.map((line) => `${line}.\n`).join('') }),
    data: { train: 'train.txt' },
    tokenizer: { kind: 'bpe', ...bpe },
    model: { model_type: 'transformer_lm', ...size, hidden_size: 128, num_hidden_layers: 3, intermediate_size: 256 },
    generation: { max_new_tokens: 20, do_sample: false },
  },
};

/** Tasks by name. */
export const taskNames = Object.keys(tasks);

/** Makes the model of a task below `folder` and gives its path. */
export async function makeTaskModel(folder, task) {
  const { files, data, ...rest } = tasks[task];
  const root = join(folder, 'data');
  await mkdir(root, { recursive: true });
  for (const [name, content] of Object.entries(files(sentences(1000, 1)))) await writeFile(join(root, name), content);
  const recipe = {
    task,
    data: { root, ...data },
    train: { max_steps: 1, max_tokens_per_batch: 256, save_steps: 1, warmup_steps: 0, lr_scheduler_type: 'constant' },
    ...rest,
  };
  const out = join(folder, task);
  await trainRecipe(parseRecipe(JSON.stringify(recipe), 'bench'), { out, backend: nodeBackend() });
  return out;
}
