/** Training as graphs: optimizers, schedules, and the trainer with its checkpoints. */

export * from './arguments.ts';
export * from './optimizers/adam.ts';
export * from './optimizers/clip.ts';
export * from './optimizers/optimizer.ts';
export * from './optimizers/optimizers.ts';
export * from './optimizers/parameter-group.ts';
export * from './optimizers/schedule.ts';
export * from './optimizers/sgd.ts';
export * from './random/random-bytes.ts';
export * from './random/random-bytes-node.ts';
export * from './run/average.ts';
export * from './run/early-stopping.ts';
export * from './run/progress.ts';
export * from './run/run-folder.ts';
export * from './run/trainer-state.ts';
export * from './trainer.ts';
export * from './update/loss-count.ts';
export type { BatchSource, MicroBatch } from './update/micro-batch.ts';
export * from './update/shard-plan.ts';
export * from './update/train-graph.ts';
export * from './update/train-state.ts';
export * from './update/updater.ts';
