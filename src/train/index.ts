/** Training as graphs: optimizers, schedules, and the trainer with its checkpoints. */
export * from './arguments.ts';
export * from './random/random-bytes-node.ts';
export * from './run/average.ts';
export * from './run/early-stopping.ts';
export * from './run/progress.ts';
export * from './run/run-folder.ts';
export * from './run/trainer-state.ts';
export * from './trainer.ts';
export * from './web.ts';
