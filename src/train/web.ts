/** Training as graphs in a browser: what of `heddle/train` needs no files. */

export * from './optimizers/adam.ts';
export * from './optimizers/clip.ts';
export * from './optimizers/optimizer.ts';
export * from './optimizers/optimizers.ts';
export * from './optimizers/parameter-group.ts';
export * from './optimizers/schedule.ts';
export * from './optimizers/sgd.ts';
export * from './random/random-bytes.ts';
export * from './random/random-bytes-web.ts';
export * from './update/kept-updater.ts';
export * from './update/loss-count.ts';
export type { BatchSource, MicroBatch } from './update/micro-batch.ts';
export * from './update/shard-plan.ts';
export * from './update/train-graph.ts';
export * from './update/train-state.ts';
export * from './update/updater.ts';
