/** Model families: configurations, graphs, reading and writing folders. */
export * from './causal.ts';
export * from './classifier-config.ts';
export * from './encoder.ts';
export * from './family.ts';
export * from './family-row.ts';
export { forwardInputs } from './forward/forward-rows.ts';
export * from './forward.ts';
export * from './head.ts';
export * from './load.ts';
export * from './marian.ts';
export * from './marian-config.ts';
export * from './role.ts';
export * from './save.ts';
export * from './sequence-classifier.ts';
export * from './sequence-to-sequence.ts';
export * from './span-scheme.ts';
export * from './token-classifier.ts';
export * from './token-classifier-config.ts';
