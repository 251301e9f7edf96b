/** Whole models, checkpoints and runs for the fuzz run. */

import { checkConfig } from '../../src/models/families/check-config.ts';
import { familyOf } from '../../src/models/families/families.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { parseRecipe } from '../../src/tasks/recipe/recipe.ts';
import { taskNames, taskRow } from '../../src/tasks/task-list.ts';
import { freshState } from '../../src/train/run/trainer-state.ts';
import { parseSafetensors, safetensorsPieces } from '../../src/weights/safetensors.ts';
import { dtypes, float32Tensor, formatOf } from '../../src/weights/tensor.ts';
import { taskSamples } from '../tasks/task-sample.ts';
import { bytesOf, filesOf, type Seed } from './kind.ts';

export const joined = (pieces: string | readonly Uint8Array[]): Uint8Array =>
  typeof pieces === 'string' ? bytesOf(pieces) : Uint8Array.from(Buffer.concat(pieces));

/** A configuration for each class of its family. */
const everyClass = (config: {
  readonly model_type: string;
  readonly [field: string]: unknown;
}): Readonly<Record<string, unknown>>[] =>
  (familyOf(config.model_type)?.heads ?? []).map(({ architecture }) => ({ ...config, architectures: [architecture] }));

/** Small models of every family. */
const recurrent = { vocab_size: 11, embedding_size: 5, hidden_size: 6, num_hidden_layers: 2, pad_token_id: 10 };
const transformer = {
  vocab_size: 11,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 6,
  pad_token_id: 10,
};
const labels = { num_labels: 2, id2label: { 0: 'bad', 1: 'good' }, label2id: { bad: 0, good: 1 } };
const bert = { ...transformer, model_type: 'bert', pad_token_id: 0, type_vocab_size: 2, max_position_embeddings: 6 };
const roberta = { ...bert, model_type: 'roberta', pad_token_id: 1, max_position_embeddings: 8 };
const distilbert = {
  ...{ model_type: 'distilbert', vocab_size: 11, dim: 8, n_layers: 1, n_heads: 2, hidden_dim: 6 },
  ...{ max_position_embeddings: 6, pad_token_id: 0 },
};
const gpt2 = {
  ...{ model_type: 'gpt2', vocab_size: 11, n_embd: 8, n_layer: 1, n_head: 2, n_positions: 6 },
  ...{ bos_token_id: 2, eos_token_id: 2 },
};
const electra = { ...bert, model_type: 'electra', embedding_size: 4 };
const albert = {
  ...{ ...bert, model_type: 'albert', embedding_size: 4, num_hidden_layers: 2 },
  ...{ num_hidden_groups: 2, inner_group_num: 2 },
};
const vit = {
  ...{ model_type: 'vit', hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 6 },
  ...{ image_size: 4, patch_size: 2, num_channels: 2, pooler_output_size: 5, qkv_bias: true },
};
const marian = {
  model_type: 'marian',
  vocab_size: 20,
  d_model: 8,
  encoder_layers: 1,
  decoder_layers: 1,
  encoder_attention_heads: 2,
  decoder_attention_heads: 2,
  encoder_ffn_dim: 8,
  decoder_ffn_dim: 8,
  max_position_embeddings: 16,
  pad_token_id: 19,
  decoder_start_token_id: 19,
  eos_token_id: 0,
};
const t5 = {
  ...{ model_type: 't5', vocab_size: 11, d_model: 8, d_kv: 3, d_ff: 6, num_layers: 1, num_heads: 2 },
  ...{ relative_attention_num_buckets: 6, relative_attention_max_distance: 4 },
};
const bigBird = { ...bert, model_type: 'big_bird', block_size: 2, num_random_blocks: 1, max_position_embeddings: 18 };
export const configs: readonly Readonly<Record<string, unknown>>[] = [
  ...['marian', 'bart', 'mbart', 'pegasus'].flatMap((model_type) => everyClass({ ...marian, model_type })),
  {
    model_type: 'recurrent_encoder',
    ...recurrent,
    ...labels,
    architectures: ['HeddleRecurrentEncoderForTokenClassification'],
  },
  { model_type: 'recurrent_lm', ...recurrent },
  { model_type: 'recurrent_seq2seq', ...recurrent, decoder_start_token_id: 10 },
  {
    model_type: 'transformer_encoder',
    ...transformer,
    ...labels,
    architectures: ['HeddleTransformerEncoderForSequenceClassification'],
  },
  { model_type: 'transformer_lm', ...transformer },
  { model_type: 'transformer_seq2seq', ...transformer, decoder_start_token_id: 10 },
  ...everyClass(bert),
  ...everyClass(roberta),
  ...everyClass(vit),
  ...everyClass({ ...vit, model_type: 'deit' }),
  ...everyClass({ ...roberta, ...{ model_type: 'xlm-roberta', type_vocab_size: 1 } }),
  ...everyClass(distilbert),
  ...everyClass(gpt2),
  ...everyClass(electra),
  ...everyClass(albert),
  ...everyClass(t5),
  ...everyClass({ ...t5, feed_forward_proj: 'gated-gelu', is_gated_act: true, tie_word_embeddings: false }),
  ...everyClass(bigBird),
  { ...bert, architectures: ['BertForMaskedLM'], tie_word_embeddings: false },
  {
    ...bert,
    ...labels,
    architectures: ['BertForSequenceClassification'],
    problem_type: 'multi_label_classification',
    is_decoder: false,
    pruned_heads: {},
    position_embedding_type: 'absolute',
    quantization_config: null,
    directionality: 'bidi',
  },
];

const taskRoles = new Set(taskNames.map((name) => taskRow(name).role));

/** Those whose class has a task. */
export const taskConfigs = configs.filter((config) => taskRoles.has(checkConfig(config, 'config').role));

/** The files of a model with weights that are all the same. */
export function modelFiles(config: Readonly<Record<string, unknown>>): Record<string, Uint8Array> {
  const setup = checkConfig(config, 'config');
  const numbers = new Map(
    [...modelParameters(setup)].map(([name, { shape }]) => [
      name,
      new Float32Array(shape.reduce((n, size) => n * size, 1)).fill(0.25),
    ]),
  );
  return Object.fromEntries([...saveModelFiles(setup, numbers)].map(([name, content]) => [name, joined(content)]));
}

/** A model in two shards and its index. */
export function shardedFiles(): Record<string, string | Uint8Array> {
  const { 'model.safetensors': whole = new Uint8Array(0), ...others } = modelFiles(configs.at(-1) ?? {});
  const all = [...parseSafetensors(whole, 'model.safetensors').tensors];
  const shards = [all.filter((_, at) => at % 2 === 0), all.filter((_, at) => at % 2 === 1)];
  const file = (at: number) => `model-0000${at + 1}-of-00002.safetensors`;
  const map = shards.flatMap((tensors, at) => tensors.map(([name]) => [name, file(at)] as const));
  return {
    ...others,
    ...Object.fromEntries(shards.map((part, at) => [file(at), joined(safetensorsPieces(new Map(part)))])),
    'model.safetensors.index.json': JSON.stringify({
      metadata: { total_size: whole.length },
      weight_map: Object.fromEntries(map),
    }),
  };
}

/** A configuration, and the names, types and shapes of its weights. */
export function nameFiles(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const shapes = [...modelParameters(checkConfig(config, 'config'))];
  const forms = Object.fromEntries(shapes.map(([name, { shape }]) => [name, { dtype: 'F32', shape }]));
  return { 'config.json': JSON.stringify(config), 'names.json': JSON.stringify(forms) };
}

/** A training of the smallest model that has a checkpoint. */
export const small = configs[2] ?? {};
export const tensors = new Map([
  ['weight', float32Tensor([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
  ['bias', float32Tensor([3], Float32Array.of(0, -1, 1e30))],
  ['scalar', float32Tensor([], Float32Array.of(1))],
  ['none', float32Tensor([0, 4], new Float32Array(0))],
]);
export const everyType: Uint8Array[] = dtypes.map((dtype) => {
  const size = 4 * formatOf(dtype).bytes;
  const header = bytesOf(JSON.stringify({ t: { dtype, shape: [4], data_offsets: [0, size] } }));
  const head = new Uint8Array(8);
  head[0] = header.length;
  return Uint8Array.from(Buffer.concat([head, header, new Uint8Array(size)]));
});

export async function checkpointSeeds(): Promise<Seed[]> {
  const { 'model.safetensors': weights = new Uint8Array(0) } = modelFiles(small);
  const state = {
    ...freshState(),
    global_step: 3,
    max_steps: 6,
    log_history: [{ loss: 1, step: 3, time: 'x', none: null }],
  };
  const recipe = parseRecipe(String(taskSamples.at(-1)?.recipe), 'recipe.yaml');
  const folder = 'checkpoint-3/';
  const files = {
    'heddle.json': JSON.stringify({ task: recipe.task, recipe, metrics: { eval_loss: 1 }, data: { train: 3 } }),
    'trainer_state.json': JSON.stringify(state),
    'model.safetensors': weights,
    'metrics.jsonl': '{"loss":1,"step":3}\n',
    [`${folder}trainer_state.json`]: JSON.stringify(state),
    [`${folder}model.safetensors`]: weights,
    [`${folder}optimizer.safetensors`]: joined(safetensorsPieces(tensors)),
  };
  return [{ files: filesOf(files) }];
}
