/** Layers: functions over a parameter scope. */
export * from './activation.ts';
export * from './attention.ts';
export * from './embedding.ts';
export * from './feed-forward.ts';
export * from './initializer.ts';
export * from './layer-norm.ts';
export * from './linear.ts';
export * from './loss.ts';
export * from './mask.ts';
export * from './position.ts';
export * from './regression-loss.ts';
export * from './scope.ts';
export * from './transformer-block.ts';
