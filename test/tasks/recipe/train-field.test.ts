/** Every field of `train` acts: a training with another value of it leaves other files. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { recipeJsonSchema } from '../../../src/tasks/recipe/json-schema.ts';
import { fileDigest } from '../../train/sequence-task.ts';
import { SmallRun } from '../small-run.ts';
import { feelingSample } from '../task-sample.ts';

let run: SmallRun;
const kept = new Map<string, Promise<Map<string, string>>>();
beforeAll(async () => {
  run = await SmallRun.make(feelingSample);
});
afterAll(() => run.remove());

const { bf16 } = nodeBackend();
/** Whether the usual engine computes in bfloat16 here. */
const hasBf16 = bf16 !== undefined && bf16.missing === undefined;

/** Where nothing is learnt, no evaluation is better than the first. */
const still = ['train.learning_rate=1e-12', 'train.eval_steps=1'];

/** Another value of every field, and what it needs beside it to act. */
const changes: Readonly<Record<string, readonly [value: string, ...beside: string[]]>> = {
  max_steps: ['3'],
  num_train_epochs: ['0.1', 'train.max_steps=null', 'train.num_train_epochs=1'],
  max_tokens_per_batch: ['300'],
  pad_to_multiple_of: ['16'],
  per_device_train_batch_size: ['4'],
  max_length: ['5'],
  gradient_accumulation_steps: ['2'],
  learning_rate: ['0.02'],
  lr_scheduler_type: ['constant_with_warmup'],
  warmup_steps: ['1'],
  warmup_ratio: ['0.75', 'train.warmup_steps=null'],
  optim: ['sgd'],
  adam_beta1: ['0.5'],
  adam_beta2: ['0.5'],
  adam_epsilon: ['0.01'],
  weight_decay: ['0.5'],
  label_smoothing_factor: ['0.3'],
  balanced_sampling: ['true'],
  class_weights: ['[1, 5]'],
  freeze: ['["model.layers.0"]'],
  head_learning_rate: ['0.1'],
  layerwise_lr_decay: ['0.5'],
  gradual_unfreezing: ['0.05'],
  max_grad_norm: ['0.01'],
  eval_steps: ['1'],
  save_steps: ['1'],
  save_total_limit: ['1', 'train.save_steps=1', 'train.eval_steps=null'],
  average_last: ['2'],
  logging_steps: ['1'],
  early_stopping_patience: ['1', ...still],
  early_stopping_threshold: ['9', 'train.early_stopping_patience=2', 'train.eval_steps=1', 'train.learning_rate=0.03'],
  metric_for_best_model: ['accuracy'],
  seed: ['7'],
  shards: ['3'],
  threads: ['3'],
  engine: ['binding'],
  // Elsewhere it is refused: verbs/engine.test.ts.
  ...(hasBf16 && { bf16: ['true'] }),
};

/** Every file that a run leaves and what it holds, times left out; not those that repeat the recipe. */
async function contents(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !['README.md', 'heddle.json'].includes(entry.name));
  const held = async ({ parentPath, name }: (typeof files)[number]) => {
    const path = join(parentPath, name);
    if (!/\.jsonl?$/.test(name)) return [path.slice(folder.length), await fileDigest(path)] as const;
    const text = await readFile(path, 'utf8');
    return [path.slice(folder.length), text.replace(/"(\w*runtime|tokens_per_second)":\s*[^,}\s]+/g, '')] as const;
  };
  return new Map((await Promise.all(files.map(held))).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a training with settings leaves; the same settings train once. */
function trained(settings: readonly string[]): Promise<Map<string, string>> {
  const name = `run-${kept.size}`;
  const key = settings.join('\n');
  // The recipe's own engine stands in place of one that is given.
  const options = settings.some((one) => one.startsWith('train.engine=')) ? { backend: undefined } : {};
  const made = kept.get(key) ?? run.train(name, [...settings], options).then(() => contents(run.at(name)));
  kept.set(key, made);
  return made;
}

const short = ['train.max_steps=4', 'train.eval_steps=2', 'train.save_steps=2', 'train.warmup_steps=2'];

test('every field of train is in the table', () => {
  const { anyOf } = recipeJsonSchema() as {
    anyOf: { properties: { task: { const: string }; train: { properties: object } } }[];
  };
  const own = anyOf.find(({ properties }) => properties.task.const === feelingSample.task);
  const fields = Object.keys(own?.properties.train.properties ?? {}).filter((field) => hasBf16 || field !== 'bf16');
  expect(Object.keys(changes).sort()).toEqual(fields.sort());
});

test.each(Object.entries(changes))('train.%s acts', async (field, [value, ...beside]) => {
  const settings = [...short, ...beside];
  const before = await trained(settings);
  const after = await trained([...settings, `train.${field}=${value}`]);
  expect(Object.fromEntries(after)).not.toEqual(Object.fromEntries(before));
});

test('the same settings leave the same files, so that a difference means something', async () => {
  await run.train('again', short);
  expect(await contents(run.at('again'))).toEqual(await trained(short));
});
