/** Pictures of attention and of graphs. */
export * from './attention-map.ts';
export * from './attention-page.ts';
export * from './attention-svg.ts';
export * from './graph-svg.ts';
export type { PageHead } from './page-head.ts';
export * from './sample-page.ts';
export { type SelfAttentionExample, selfAttentionPage } from './self-attention-page.ts';
