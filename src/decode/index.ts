/** From a model to sequences: greedy search, beam search and sampling, scores, attention weights. */
export type { AttentionMap } from './attention-log.ts';
export {
  createCausalGenerator,
  createGenerator,
  type Generated,
  type GenerateOptions,
  type Generator,
  type GeneratorOptions,
  type StreamedToken,
} from './generator.ts';
export {
  type GenerationConfig,
  generationConfig,
  overlay,
  readGenerationConfig,
} from './settings/generation-config.ts';
export { type GenerationSettings, settingsOf } from './settings/generation-settings.ts';
export type { Sources } from './source.ts';
export type { Parameters } from './step/programs.ts';
export type { Decoder } from './stream/decoder.ts';
export { TextStreamer, type TextStreamerOptions } from './stream/text-streamer.ts';
export { streamText, streamTokens } from './stream/token-stream.ts';
export type { TargetScore } from './target-score.ts';
export * from './viterbi.ts';
