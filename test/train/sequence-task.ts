/** Trainings small enough for a test: sequences of a few tokens, a tiny Marian, a folder to train in. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EncodedPairs } from '../../src/data/batch/encode.ts';
import { randomStream } from '../../src/data/batch/shuffle.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { type ModelSetup, modelParameters } from '../../src/models/families/setup.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { traceLoss } from '../../src/models/heads/terms/loss.ts';
import type { Backend } from '../../src/runtime/backend.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { SequenceEvaluation } from '../../src/tasks/text-to-text/sequence-evaluation.ts';
import type { TrainArguments } from '../../src/train/arguments.ts';
import { trainerGroup } from '../../src/train/optimizers/parameter-group.ts';
import { nodeRandomBytes } from '../../src/train/random/random-bytes-node.ts';
import type { Weights } from '../../src/train/run/average.ts';
import { RunFolder } from '../../src/train/run/run-folder.ts';
import type { LogEntry } from '../../src/train/run/trainer-state.ts';
import { train } from '../../src/train/trainer.ts';
import type { Training, TrainingTask } from '../../src/train/training.ts';
import { sequenceSource } from './sequence-source.ts';

const symbols = 8;
const firstSymbol = 2;
/** `</s>` = 0, `<unk>` = 1, the symbols, `<pad>`. */
export const vocabulary = firstSymbol + symbols + 1;
const pad = vocabulary - 1;
export const batchTokens = { sourcePadId: pad, targetPadId: pad, decoderStartTokenId: pad };

/** Pairs of 3 to 6 symbols and what a rule makes of them; the same count and seed give the same pairs. */
export function sequencePairs(
  count: number,
  rule: (ids: number[]) => number[] = (ids) => ids.toReversed(),
  seed = 1,
): EncodedPairs {
  const random = randomStream(seed);
  const drawn = Array.from({ length: count }, () =>
    Array.from({ length: 3 + random.below(4) }, () => firstSymbol + random.below(symbols)),
  );
  const ended = (ids: number[]) => Int32Array.from([...ids, 0]);
  return {
    source: drawn.map(ended),
    target: drawn.map((ids) => ended(rule(ids))),
    truncated: { source: 0, target: 0 },
    origin: (index) => `pair ${index}`,
  };
}

export const tinyModel = (fields: Readonly<Record<string, unknown>> = {}): ModelSetup<'sequence-to-sequence'> =>
  inRole(
    checkConfig(
      {
        model_type: 'marian',
        vocab_size: vocabulary,
        d_model: 16,
        encoder_layers: 1,
        decoder_layers: 1,
        encoder_attention_heads: 2,
        decoder_attention_heads: 2,
        encoder_ffn_dim: 32,
        decoder_ffn_dim: 32,
        dropout: 0.1,
        max_position_embeddings: 16,
        init_std: 0.25,
        pad_token_id: pad,
        decoder_start_token_id: pad,
        ...fields,
      },
      'tiny',
      { isStrict: true },
    ),
    'sequence-to-sequence',
    'tiny',
  );

export interface SequenceTaskOptions {
  readonly pairs?: EncodedPairs;
  readonly validation?: EncodedPairs;
  readonly model?: ModelSetup<'sequence-to-sequence'>;
  readonly max_tokens_per_batch?: number;
  readonly labelSmoothing?: number;
}

/** The task of learning the pairs. */
export function sequenceTask({
  pairs = sequencePairs(64),
  validation,
  model: setup = tinyModel(),
  max_tokens_per_batch = 64,
  labelSmoothing = 0.1,
}: SequenceTaskOptions = {}): TrainingTask {
  const evaluate = async (weights: Weights) => {
    const evaluation = await SequenceEvaluation.make(setup.model, nodeBackend());
    const eval_loss = await evaluation.loss(weights, validation as EncodedPairs, batchTokens, max_tokens_per_batch);
    await evaluation.dispose();
    return { eval_loss };
  };
  return {
    loss: (root) => traceLoss(root, setup.model, { labelSmoothing }),
    source: (position) => sequenceSource(pairs, { max_tokens_per_batch, seed: 7, ...batchTokens }, position),
    ...(validation && { evaluate }),
    files: (weights) => Object.fromEntries(saveModelFiles(setup, weights)),
    checkpoint: setup.checkpoint,
    parameters: modelParameters(setup),
    group: trainerGroup,
  };
}

export const trainArguments = (changes: Partial<TrainArguments> = {}): TrainArguments => ({
  max_steps: 6,
  num_train_epochs: 1,
  gradient_accumulation_steps: 1,
  learning_rate: 5e-3,
  lr_scheduler_type: 'inverse_sqrt',
  warmup_steps: 2,
  optim: 'adamw_torch',
  adam_beta1: 0.9,
  adam_beta2: 0.98,
  adam_epsilon: 1e-9,
  weight_decay: 0.01,
  max_grad_norm: 1,
  eval_steps: 1000,
  save_steps: 1000,
  save_total_limit: 3,
  logging_steps: 1,
  metric_for_best_model: 'eval_loss',
  seed: 3,
  ...changes,
});

export interface RunOptions extends Pick<Training, 'listener' | 'resume'> {
  readonly task?: TrainingTask;
  readonly backend?: Backend;
}

/** Trains in a folder. */
export async function runIn(folder: string, changes: Partial<TrainArguments>, options: RunOptions = {}) {
  const { task = sequenceTask(), backend = nodeBackend(), ...rest } = options;
  const args = trainArguments(changes);
  const run = new RunFolder(folder);
  try {
    await run.open({ resume: options.resume });
    await run.write({ 'heddle.json': '{}' });
    const randomBytes = nodeRandomBytes(args.seed);
    return await train({ task, arguments: args, folder: run, backend, randomBytes, ...rest });
  } finally {
    await run.close();
  }
}

const made: string[] = [];

/** A new folder; `removeFolders` removes them all. */
export async function newFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'heddle-train-'));
  made.push(path);
  return path;
}

export async function removeFolders(): Promise<void> {
  for (const path of made.splice(0)) await rm(path, { recursive: true, force: true });
}

/** Stands for the bytes of a file; arrays of bytes take seconds to compare. */
export const fileDigest = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

/** What a checkpoint's weights and optimizer state hold. */
export async function checkpointDigests(folder: string, step: number): Promise<string[]> {
  const path = join(folder, `checkpoint-${step}`);
  return Promise.all(['model.safetensors', 'optimizer.safetensors'].map((name) => fileDigest(join(path, name))));
}

export async function logLines(folder: string): Promise<LogEntry[]> {
  const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}

export const filesIn = async (folder: string): Promise<string[]> => (await readdir(folder)).sort();
