/** Model families: configurations, graphs, reading and writing folders. */

export * from './body/decoder.ts';
export * from './body/marian.ts';
export * from './causal.ts';
export * from './encoder.ts';
export * from './families/families.ts';
export * from './families/family-row.ts';
export * from './families/marian-config.ts';
export * from './folder/load.ts';
export * from './folder/save.ts';
export { forwardInputs } from './forward/forward-rows.ts';
export * from './forward.ts';
export * from './heads/classifier-fields.ts';
export * from './heads/heads.ts';
export * from './heads/sequence-classification.ts';
export * from './heads/span-scheme.ts';
export * from './heads/token-classification.ts';
export * from './heads/token-classifier-fields.ts';
export * from './role.ts';
