/** Pictures of attention and of graphs. */
export type { AttentionExample, ShownScore } from './attention-example.ts';
export { type AttentionKind, attentionKindNames } from './attention-kind.ts';
export * from './attention-map.ts';
export * from './attention-page.ts';
export * from './attention-rollout.ts';
export * from './attention-svg.ts';
export * from './attention-word.ts';
export * from './graph-svg.ts';
export type { PageHead } from './page-head.ts';
export * from './patch-svg.ts';
export { type Picture, pictureAddress } from './picture.ts';
export * from './sample-page.ts';
