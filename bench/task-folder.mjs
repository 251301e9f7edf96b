/** A model of every task, with weights as they are after one update. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeBackend } from '../dist/runtime/node.js';
import { parseRecipe } from '../dist/tasks/index.js';
import { trainRecipe } from '../dist/tasks/verbs/train-recipe.js';
import { sentences } from './synthetic.mjs';

const encoder = (width, layers) => ({
  hidden_size: width,
  num_hidden_layers: layers,
  num_attention_heads: 4,
  intermediate_size: 4 * width,
});
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
    model: (isSmall) => (isSmall ? pair(64, 1) : pair(128, 3)),
    generation: { num_beams: 1, max_new_tokens: 20 },
  },
  summarization: {
    files: (lines) => ({ 'train.csv': csv(lines) }),
    data: { train: { file: 'train.csv', columns: column } },
    tokenizer: bpe,
    model: (isSmall) => ({ model_type: 'transformer_seq2seq', ...(isSmall ? encoder(64, 1) : encoder(128, 3)) }),
    generation: { num_beams: 4, max_new_tokens: 20 },
  },
  'text2text-generation': {
    files: (lines) => ({ 'train.csv': csv(lines) }),
    data: { train: { file: 'train.csv', columns: column } },
    tokenizer: bpe,
    model: (isSmall) => (isSmall ? pair(64, 1) : pair(128, 3)),
    generation: { num_beams: 1, max_new_tokens: 20 },
  },
  'text-classification': {
    files: (lines) => ({ 'train.tsv': fileOf(lines.map((line, at) => `${line}\t${at % 2 ? 'odd' : 'even'}`)) }),
    data: { train: { file: 'train.tsv' } },
    tokenizer: bpe,
    model: (isSmall) => ({ model_type: 'transformer_encoder', ...(isSmall ? encoder(64, 2) : encoder(256, 6)) }),
  },
  'token-classification': {
    files: (lines) => ({ 'train.tsv': lines.map(tagged).join('\n\n') }),
    data: { train: { file: 'train.tsv' } },
    model: (isSmall) => ({
      model_type: 'recurrent_encoder',
      crf: true,
      embedding_size: 64,
      hidden_size: isSmall ? 64 : 384,
      character_embedding_size: 25,
      character_hidden_size: isSmall ? 25 : 50,
    }),
  },
  'text-generation': {
    files: (lines) => ({ 'train.txt': lines.map((line) => `${line}.\n`).join('') }),
    data: { train: 'train.txt' },
    tokenizer: { kind: 'bpe', ...bpe },
    model: (isSmall) => ({ model_type: 'transformer_lm', ...(isSmall ? encoder(64, 1) : encoder(128, 3)) }),
    generation: { max_new_tokens: 20, do_sample: false },
  },
};

/** Tasks by name. */
export const taskNames = Object.keys(tasks);

/**
 * Makes the model of a task below `folder` and gives its path.
 *
 * @param size `small`, for what is measured besides the engine, or `base`.
 */
export async function makeTaskModel(folder, task, size = 'base') {
  const { files, data, model, ...rest } = tasks[task];
  const root = join(folder, 'data');
  await mkdir(root, { recursive: true });
  for (const [name, content] of Object.entries(files(sentences(1000, 1)))) await writeFile(join(root, name), content);
  const recipe = {
    task,
    data: { root, ...data },
    train: { max_steps: 1, max_tokens_per_batch: 256, save_steps: 1, warmup_steps: 0, lr_scheduler_type: 'constant' },
    model: model(size === 'small'),
    ...rest,
  };
  const out = join(folder, task);
  await trainRecipe(parseRecipe(JSON.stringify(recipe), 'bench'), { out, backend: nodeBackend() });
  return out;
}
