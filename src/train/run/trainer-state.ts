import * as z from 'zod';
import type { DataPosition } from '../../data/batch/index-stream.ts';
import { check } from '../../io/check.ts';

const position = z.strictObject({ epoch: z.int().min(0), batch: z.int().min(0) });

/** The counters right after a log entry. */
export const nothingUnlogged = () => ({ updates: 0, loss: 0, without_labels: 0 });

/** The names of engines in states of earlier versions. */
const earlierNames: ReadonlyMap<string, string> = new Map([
  ['onnxruntime-capi', 'cpu'],
  ['onnxruntime-node', 'binding'],
  ['onnxruntime-wasm', 'wasm'],
]);

/**
 * `trainer_state.json`: Transformers' `TrainerState`, and what an exact resume needs besides weights and optimizer
 * state.
 */
const trainerState = z.strictObject({
  global_step: z.int().min(0),
  max_steps: z.int().min(1),
  epoch: z.number().min(0),
  best_metric: z.number().nullable(),
  /** The update of `best_metric`; its checkpoint is kept. */
  best_step: z.int().nullable(),
  evaluations_without_improvement: z.int().min(0),
  /** Seconds spent on updates, evaluations and checkpoints, including those before a resume. */
  train_runtime: z.number().min(0).default(0),
  /** The position after the last update. */
  data_position: position,
  /** Identifies the data, so that a resumed run uses the same. */
  data_digest: z.string().optional(),
  /** How the training divides its work, see `ShardPlan`; absent in states of earlier versions. */
  shards: z.int().min(1).optional(),
  threads: z.int().min(1).optional(),
  /** The engine of the last update; absent in states of earlier versions. */
  engine: z
    .string()
    .transform((name) => earlierNames.get(name) ?? name)
    .optional(),
  /** Since the last entry with a loss: updates, the sum of their losses, and updates without a label that counts. */
  unlogged: z
    .strictObject({ updates: z.int().min(0), loss: z.number(), without_labels: z.int().min(0).default(0) })
    .default(nothingUnlogged),
  log_history: z.array(z.record(z.string(), z.union([z.number(), z.string(), z.null()]))),
});

/** A checked `trainer_state.json`. */
export type TrainerState = z.output<typeof trainerState>;

/** One entry of `log_history` and one line of `metrics.jsonl`. */
export type LogEntry = TrainerState['log_history'][number];

/**
 * The state before the first update; its fields have the same order as in a state that was read, so that files keep
 * their bytes.
 */
export const freshState = (): TrainerState => ({
  global_step: 0,
  max_steps: 1,
  epoch: 0,
  best_metric: null,
  best_step: null,
  evaluations_without_improvement: 0,
  train_runtime: 0,
  data_position: { epoch: 0, batch: 0 } satisfies DataPosition,
  data_digest: undefined,
  shards: undefined,
  threads: undefined,
  engine: undefined,
  unlogged: nothingUnlogged(),
  log_history: [],
});

/** @throws {InputError} when the file is not a trainer state. */
export const readTrainerState = (json: unknown, file: string): TrainerState => check(trainerState, json, file);
