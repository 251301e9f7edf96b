/** From a model to sequences: greedy and beam search and sampling over one interface, scores, attention weights. */
export type { AttentionMap } from './attention-log.ts';
export { type GenerationConfig, generationConfig, overlay, readGenerationConfig } from './generation-config.ts';
export { type GenerationSettings, settingsOf } from './generation-settings.ts';
export {
  createCausalGenerator,
  createGenerator,
  type Generated,
  type GenerateOptions,
  type Generator,
  type GeneratorOptions,
  type StreamedToken,
} from './generator.ts';
export type { Parameters } from './programs.ts';
export type { Sources } from './source.ts';
export type { TargetScore } from './target-score.ts';
export { type Decoder, TextStreamer, type TextStreamerOptions } from './text-streamer.ts';
export { streamText, streamTokens } from './token-stream.ts';
export * from './viterbi.ts';
