/** Training as graphs: optimizers, schedules, the trainer with its checkpoints. */
export * from './adam.ts';
export * from './arguments.ts';
export * from './average.ts';
export * from './clip.ts';
export * from './early-stopping.ts';
export type { BatchSource, MicroBatch } from './micro-batch.ts';
export * from './optimizer.ts';
export * from './progress.ts';
export * from './random-bytes.ts';
export * from './random-bytes-node.ts';
export * from './run-folder.ts';
export * from './schedule.ts';
export * from './sequence-loss.ts';
export * from './sgd.ts';
export * from './train-graph.ts';
export * from './trainer.ts';
export * from './trainer-state.ts';
