/** Layers: functions over a parameter scope. */

export * from './cells/cell.ts';
export * from './cells/cells.ts';
export * from './initializer.ts';
export * from './layers/activation.ts';
export * from './layers/alignment.ts';
export * from './layers/alignment-score.ts';
export * from './layers/attention.ts';
export * from './layers/embedding.ts';
export * from './layers/feed-forward.ts';
export * from './layers/layer-norm.ts';
export * from './layers/linear.ts';
export * from './layers/mask.ts';
export * from './layers/norm.ts';
export * from './layers/pooling.ts';
export * from './layers/transformer-block.ts';
export * from './losses/crf.ts';
export * from './losses/cross-entropy.ts';
export * from './losses/regression.ts';
export * from './positions/alibi.ts';
export * from './positions/position.ts';
export * from './positions/scheme.ts';
export * from './positions/schemes.ts';
export { sinusoids } from './positions/sinusoidal.ts';
export * from './positions/t5.ts';
export * from './recurrent/recurrent.ts';
export * from './recurrent/step.ts';
export * from './scope.ts';
