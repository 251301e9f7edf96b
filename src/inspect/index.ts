/** Pictures of attention and of graphs. */
export type { AttentionExample, ShownScore } from './attention/attention-example.ts';
export { type AttentionKind, attentionKindNames } from './attention/attention-kind.ts';
export * from './attention/attention-map.ts';
export * from './attention/attention-page.ts';
export * from './attention/attention-rollout.ts';
export * from './attention/attention-word.ts';
export * from './graph/graph-svg.ts';
export type { PageHead } from './page/page-head.ts';
export * from './page/sample-page.ts';
export * from './picture/patch-svg.ts';
export { type Picture, pictureAddress } from './picture/picture.ts';
export * from './text/attention-svg.ts';
