/**
 * Saves a tiny model of every class that Transformers (Python) has too, with random weights and a tokenizer, and compares all of
 * them there: `HEDDLE_BENCH_PYTHON=… node bench/interop/every-class.mjs [--loaded FOLDER]… [--out FOLDER]`.
 *
 * With `--loaded`, model folders made elsewhere are loaded and saved, and compared as well: sharded files, 16-bit numbers,
 * old names. A folder may hold model folders instead. `--out` keeps what was saved; `--only DeiT` saves
 * the classes whose names start so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { diskFolder } from '../../dist/io/disk-folder.js';
import { checkConfig } from '../../dist/models/families/check-config.js';
import { familyOf } from '../../dist/models/families/families.js';
import { modelParameters } from '../../dist/models/families/setup.js';
import { loadModel } from '../../dist/models/folder/load.js';
import { saveModelFiles } from '../../dist/models/folder/save.js';
import { tokenizerFiles } from '../../dist/tasks/folder/tokenizer-file.js';
import { trainTokenizer } from '../../dist/text/train/vocabulary.js';
import { uniformFrom } from '../../dist/train/random/random-bytes.js';
import { sentences } from '../synthetic.mjs';

const tokenizer = trainTokenizer(sentences(500), { kind: 'bpe', vocab_size: 300, byte_level: true });
const vocabulary = { vocab_size: tokenizer.vocabSize, pad_token_id: tokenizer.vocabSize - 1 };

const bert = {
  ...{ model_type: 'bert', ...vocabulary, max_position_embeddings: 40, initializer_range: 0.2 },
  ...{ hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 48 },
};
const roberta = { ...bert, model_type: 'roberta', max_position_embeddings: vocabulary.pad_token_id + 41 };
const distilbert = {
  ...{ model_type: 'distilbert', ...vocabulary, max_position_embeddings: 40, initializer_range: 0.2 },
  ...{ dim: 32, n_layers: 2, n_heads: 4, hidden_dim: 48 },
};
const electra = { ...bert, model_type: 'electra', embedding_size: 16 };
const albert = {
  ...{ ...bert, model_type: 'albert', embedding_size: 16, num_hidden_layers: 4 },
  ...{ num_hidden_groups: 2, inner_group_num: 2 },
};
const vit = {
  ...{ model_type: 'vit', image_size: 12, patch_size: 4, num_channels: 3, initializer_range: 0.2 },
  ...{ hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 48 },
};
/** Texts of more than 14 tokens are attended to block by block. */
const bigBird = { ...bert, model_type: 'big_bird', block_size: 2, num_random_blocks: 1, sep_token_id: 66 };
const sides = (name, value) => ({ [`encoder_${name}`]: value, [`decoder_${name}`]: value });
const marian = {
  ...{ model_type: 'marian', ...vocabulary, d_model: 32, max_position_embeddings: 40, init_std: 0.2 },
  ...{ ...sides('layers', 2), ...sides('attention_heads', 4), ...sides('ffn_dim', 48) },
  ...{ eos_token_id: 0, forced_eos_token_id: 0, decoder_start_token_id: vocabulary.pad_token_id },
};
const bart = { ...marian, model_type: 'bart' };
const t5 = {
  ...{ model_type: 't5', ...vocabulary, d_model: 32, d_kv: 6, d_ff: 48, num_layers: 2, num_heads: 4 },
  ...{ eos_token_id: 0, relative_attention_max_distance: 20 },
};
const gpt2 = {
  ...{ model_type: 'gpt2', ...vocabulary, n_positions: 40, n_embd: 32, n_layer: 2, n_head: 4, initializer_range: 0.2 },
  ...{ bos_token_id: 0, eos_token_id: 0 },
};

const labels = (...names) => ({
  id2label: Object.fromEntries(names.map((name, id) => [id, name])),
  label2id: Object.fromEntries(names.map((name, id) => [name, id])),
});
const untied = { tie_word_embeddings: false };
const threeLabels = { 'three-labels': labels('no', 'yes', '모름') };
const fiveTags = { 'five-labels': labels('O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC') };
const encoderForms = (name) => ({
  [`${name}ForMaskedLM`]: { untied },
  [`${name}ForSequenceClassification`]: threeLabels,
  [`${name}ForTokenClassification`]: fiveTags,
});

/** By family: its tiny configuration, and what else a class of it can be besides that. */
const families = [
  {
    config: bert,
    others: {
      BertForMaskedLM: { untied },
      BertForPreTraining: { untied },
      BertForSequenceClassification: {
        ...threeLabels,
        'several-labels': { ...labels('a', 'b', 'c'), problem_type: 'multi_label_classification' },
        number: { num_labels: 1, problem_type: 'regression' },
        'own-dropout': { classifier_dropout: 0.3 },
      },
      BertForTokenClassification: fiveTags,
    },
  },
  { config: roberta, others: encoderForms('Roberta') },
  { config: { ...roberta, model_type: 'xlm-roberta', type_vocab_size: 1 }, others: encoderForms('XLMRoberta') },
  {
    config: distilbert,
    others: { ...encoderForms('DistilBert'), DistilBertModel: { sinusoids: { sinusoidal_pos_embds: true } } },
  },
  {
    config: electra,
    others: { ...encoderForms('Electra'), ElectraForPreTraining: { 'as-wide': { embedding_size: 32 } } },
  },
  { config: albert, others: { ...encoderForms('Albert'), AlbertForPreTraining: { untied } } },
  {
    config: marian,
    others: {
      MarianMTModel: {
        untied,
        apart: { share_encoder_decoder_embeddings: false, decoder_vocab_size: vocabulary.vocab_size },
      },
    },
  },
  ...['Bart', 'MBart', 'Pegasus'].map((name) => ({
    config: { ...bart, model_type: name.toLowerCase() },
    others: {
      [`${name}ForConditionalGeneration`]: { untied, scaled: { scale_embedding: true, activation_function: 'gelu' } },
      [`${name}ForSequenceClassification`]: threeLabels,
    },
  })),
  {
    config: t5,
    others: {
      T5ForConditionalGeneration: { gated: { feed_forward_proj: 'gated-gelu', scale_decoder_outputs: false } },
      T5ForSequenceClassification: threeLabels,
      T5ForTokenClassification: fiveTags,
    },
  },
  {
    config: vit,
    others: {
      ViTModel: { 'other-pooler': { pooler_output_size: 20, pooler_act: 'gelu' } },
      ViTForImageClassification: { ...threeLabels, 'no-bias': { qkv_bias: false }, grey: { num_channels: 1 } },
    },
  },
  { config: { ...vit, model_type: 'deit' }, others: { DeiTForImageClassification: threeLabels } },
  {
    config: bigBird,
    others: {
      ...encoderForms('BigBird'),
      BigBirdModel: { whole: { attention_type: 'original_full', use_bias: false, rescale_embeddings: true } },
      BigBirdForPreTraining: { untied },
    },
  },
  {
    config: gpt2,
    others: {
      GPT2LMHeadModel: { untied, 'by-layer': { scale_attn_by_inverse_layer_idx: true, n_inner: 24 } },
      GPT2ForSequenceClassification: { ...threeLabels, 'padded-with-the-end': { pad_token_id: 0 } },
      GPT2ForTokenClassification: { ...fiveTags, dropout: { classifier_dropout: 0.3 } },
    },
  },
];

/** Every class, with each of its forms: folder's name → configuration. */
const cases = families.flatMap(({ config, others }) =>
  familyOf(config.model_type).heads.flatMap(({ architecture }) =>
    Object.entries({ '': {}, ...others[architecture] }).map(([form, fields]) => [
      form ? `${architecture}-${form}` : architecture,
      { ...config, ...fields, architectures: [architecture] },
    ]),
  ),
);

async function write(folder, files) {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of files) await writeFile(join(folder, name), content);
}

function randomModel(name, fields) {
  const setup = checkConfig(fields, name);
  const drawn = [...modelParameters(setup)].map(([path, { shape, initializer }]) => [
    path,
    initializer(shape, uniformFrom(0, path)),
  ]);
  return saveModelFiles(setup, new Map(drawn));
}

/** The model folders at a path. */
async function modelsAt(path) {
  if (existsSync(join(path, 'config.json'))) return [path];
  const found = (await readdir(path)).map((name) => join(path, name));
  return found.filter((folder) => existsSync(join(folder, 'config.json')));
}

async function saved(folder) {
  const loaded = await loadModel(diskFolder(folder));
  return saveModelFiles(loaded, loaded.parameters, loaded.generationConfig);
}

const list = { type: 'string', multiple: true, default: [] };
const { values } = parseArgs({
  options: { loaded: list, out: { type: 'string' }, only: { type: 'string', default: '' } },
});
const python = process.env.HEDDLE_BENCH_PYTHON;
if (!python) {
  process.stderr.write('every-class: HEDDLE_BENCH_PYTHON must name a Python with the packages of requirements.txt\n');
  process.exit(2);
}
const out = values.out ?? (await mkdtemp(join(tmpdir(), 'heddle-interop-')));
try {
  const files = Object.entries(tokenizerFiles({ source: tokenizer, target: tokenizer }));
  for (const [name, fields] of cases) {
    if (!name.startsWith(values.only)) continue;
    const read = 'vocab_size' in fields ? files : [];
    await write(join(out, name), [...randomModel(name, fields), ...read]);
  }
  for (const folder of (await Promise.all(values.loaded.map(modelsAt))).flat()) {
    try {
      await write(join(out, `loaded-${basename(folder)}`), await saved(folder));
    } catch (error) {
      process.stdout.write(`${basename(folder)}: not loaded. ${error.message}\n`);
    }
  }
  const compare = fileURLToPath(new URL('compare.py', import.meta.url));
  process.exitCode = spawnSync(python, [compare, out], { stdio: 'inherit' }).status ?? 1;
} finally {
  if (!values.out) await rm(out, { recursive: true, force: true });
}
