/**
 * Makes the runs in `test/golden/old-run` by a built command line: `node make.mjs PATH/TO/dist/cli/main.js COMMIT`, on two cores.
 *
 * Each is a run of six updates that was interrupted after its checkpoint at three, its data, and what that command line
 * makes of it by `--resume`. They are kept to show that later code resumes them to the same numbers; to make them again
 * by later code would show nothing.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { processor } from './processor.mjs';

const [main, commit] = process.argv.slice(2);
if (!main || !commit) throw new Error('usage: node make.mjs PATH/TO/dist/cli/main.js COMMIT');
if (availableParallelism() !== 2) throw new Error(`expected two cores, got ${availableParallelism()}`);

/** The same numbers in every run: a linear congruential generator (Numerical Recipes' constants). */
function randomOf(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const words = ['the', 'loom', 'lifts', 'a', 'thread', '베틀', '실이', 'goes'];

function sentences(count, seed) {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => Array.from({ length: 2 + random(6) }, () => words[random(words.length)]));
}

const lines = (list) => `${list.join('\n')}\n`;
const pairs = (split, count, seed) => ({
  [`${split}.source`]: lines(sentences(count, seed).map((one) => one.join(' '))),
  [`${split}.target`]: lines(sentences(count, seed).map((one) => one.toReversed().join(' '))),
});
const tagged = (count, seed) =>
  sentences(count, seed)
    .map((one) => lines(one.map((word) => `${word}\t${/^[a-z]/.test(word) ? 'O' : 'B-KO'}`)))
    .join('\n');
const running = (count, seed) => lines(sentences(count, seed).map((one) => `${one.join(' ')}.`));
const labelled = (count, seed) =>
  lines(sentences(count, seed).map((one) => `${one.join(' ')}\t${one.includes('loom') ? 'loom' : 'other'}`));

/** Rounding alone gives the keys' bias its gradient, which a small epsilon would blow up to whole steps. */
const train = `  max_steps: 6
  max_tokens_per_batch: 256
  learning_rate: 0.01
  warmup_steps: 2
  adam_epsilon: 0.0001
  weight_decay: 0.01
  logging_steps: 2
  eval_steps: 3
  save_steps: 3
`;
const pairData = `data:
  root: data
  train: { source: train.source, target: train.target }
  validation: { source: validation.source, target: validation.target }
`;
const transformer = `  hidden_size: 8
  num_hidden_layers: 1
  num_attention_heads: 2
  intermediate_size: 16
`;

const runs = {
  'translation-marian': {
    recipe: `task: translation
${pairData}tokenizer: { vocab_size: 60, byte_level: false }
model:
  model_type: marian
  d_model: 8
  encoder_layers: 1
  decoder_layers: 1
  encoder_attention_heads: 2
  decoder_attention_heads: 2
  encoder_ffn_dim: 16
  decoder_ffn_dim: 16
  max_position_embeddings: 64
train:
${train}  gradient_accumulation_steps: 2
  predict_with_generate: false
  max_length: 64
generation: { max_new_tokens: 12 }
`,
    data: { ...pairs('train', 150, 1), ...pairs('validation', 12, 2) },
  },
  'translation-recurrent': {
    recipe: `task: translation
${pairData}tokenizer: { kind: word }
model:
  model_type: recurrent_seq2seq
  embedding_size: 12
  hidden_size: 10
  attention_size: 8
  dropout: 0.2
train:
${train}  predict_with_generate: false
`,
    data: { ...pairs('train', 150, 1), ...pairs('validation', 12, 2) },
  },
  'token-classification-recurrent': {
    recipe: `task: token-classification
data: { root: data, train: { file: train.tsv }, validation: { file: validation.tsv } }
model:
  model_type: recurrent_encoder
  crf: true
  embedding_size: 12
  hidden_size: 8
  character_embedding_size: 6
  character_hidden_size: 5
train:
${train}  word_dropout: 0.1
  gradient_accumulation_steps: 2
`,
    data: { 'train.tsv': tagged(150, 1), 'validation.tsv': tagged(12, 2) },
    isFinishedToo: true,
  },
  'text-classification-transformer': {
    recipe: `task: text-classification
data: { root: data, train: { file: train.tsv }, validation: { file: validation.tsv } }
tokenizer: { vocab_size: 60, byte_level: false }
model:
  model_type: transformer_encoder
${transformer}  max_position_embeddings: 64
train:
${train}  max_length: 64
`,
    data: { 'train.tsv': labelled(150, 1), 'validation.tsv': labelled(12, 2) },
  },
  'text-generation-transformer': {
    recipe: `task: text-generation
data: { root: data, train: train.txt, validation: validation.txt, documents: text }
tokenizer: { vocab_size: 290 }
model:
  model_type: transformer_lm
${transformer}train:
${train}  block_size: 32
`,
    data: { 'train.txt': running(300, 1), 'validation.txt': running(40, 2) },
  },
  'text-generation-recurrent': {
    recipe: `task: text-generation
data: { root: data, train: train.txt, documents: lines, validation_share: 0.2 }
tokenizer: { kind: char }
model:
  model_type: recurrent_lm
  embedding_size: 12
  hidden_size: 12
train:
${train}  block_size: 32
`,
    data: { 'train.txt': running(300, 1) },
  },
};

const digest = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const text = (value) => `${JSON.stringify(value, null, 2)}\n`;
const golden = join(import.meta.dirname, '../../golden/old-run');
const scratch = mkdtempSync(join(tmpdir(), 'heddle-old-run-'));

for (const [name, { recipe, data, isFinishedToo }] of Object.entries(runs)) {
  const place = join(golden, name);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(join(place, 'data'), { recursive: true });
  writeFileSync(join(place, 'recipe.yaml'), recipe);
  for (const [file, content] of Object.entries(data)) writeFileSync(join(place, 'data', file), content);
  const call = (out, ...more) =>
    execFileSync(process.execPath, [main, 'train', 'recipe.yaml', '--out', out, ...more], {
      cwd: place,
      stdio: 'pipe',
    });
  const [whole, run, resumed] = [join(scratch, name), join(place, 'run'), join(scratch, `${name}-resumed`)];
  call(whole);
  // As a kill after the checkpoint at 3 leaves it: nothing later, and no scores.
  cpSync(join(whole, 'checkpoint-3'), join(run, 'checkpoint-3'), { recursive: true });
  const { parameters: _, metrics: __, ...begun } = json(join(whole, 'heddle.json'));
  writeFileSync(join(run, 'heddle.json'), text(begun));
  const log = readFileSync(join(whole, 'metrics.jsonl'), 'utf8').split('\n').slice(0, -1);
  writeFileSync(join(run, 'metrics.jsonl'), lines(log.filter((line) => JSON.parse(line).step <= 3)));
  cpSync(run, resumed, { recursive: true });
  call(resumed, '--resume');
  const made = (folder) =>
    Object.fromEntries(
      ['model.safetensors', 'checkpoint-6/model.safetensors', 'checkpoint-6/optimizer.safetensors'].map((file) => [
        file,
        digest(join(folder, file)),
      ]),
    );
  const digests = made(resumed);
  if (JSON.stringify(digests) !== JSON.stringify(made(whole))) throw new Error(`${name}: resuming changes the bytes`);
  mkdirSync(join(place, 'resumed'));
  cpSync(join(resumed, 'checkpoint-6/model.safetensors'), join(place, 'resumed/model.safetensors'));
  const onnxruntime = json(join(import.meta.dirname, '../../../node_modules/onnxruntime-node/package.json')).version;
  const by = { commit, processor: processor(), cores: 2, node: process.version, onnxruntime };
  writeFileSync(join(place, 'resumed/digests.json'), text({ by, digests }));
  if (isFinishedToo) {
    for (const file of ['heddle.json', 'trainer_state.json', 'model.safetensors', 'config.json']) {
      cpSync(join(whole, file), join(place, 'finished', file));
    }
  }
}
rmSync(scratch, { recursive: true });
