/** Checkpoints: reads and writes safetensors, matches names strictly. */
export * from './checkpoint.ts';
export * from './match-options.ts';
export * from './model-weights.ts';
export * from './name-match.ts';
export * from './name-rule.ts';
export * from './parameter-match.ts';
export * from './safetensors.ts';
export * from './tensor.ts';
export * from './weight-store.ts';
