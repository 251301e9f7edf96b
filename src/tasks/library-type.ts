/** Types and classes that both entries of the package share. */
export type { GenerationConfig } from '../decode/settings/generation-config.ts';
export { TextStreamer, type TextStreamerOptions } from '../decode/stream/text-streamer.ts';
export type { Folder } from '../io/folder.ts';
export type { NonEmpty } from '../io/item-at.ts';
export type { Backend } from '../runtime/backend.ts';
export { type AttentionSource, attentionExamples } from './attention/attention-example.ts';
export type { AttentionOptions, ImageAttentionOptions } from './attention/attention-option.ts';
export {
  Embeddings,
  type FeatureExtractionOptions,
  type FeatureExtractionPipeline,
} from './feature-extraction/pipeline.ts';
export type { PoolingMode } from './feature-extraction/pooling-mode.ts';
export type { SentenceForm } from './feature-extraction/sentence-folder.ts';
export type {
  FilledMask,
  FillMaskOptions,
  FillMaskOutput,
  FillMaskPipeline,
} from './fill-mask/pipeline.ts';
export type { Tokenizers } from './folder/tokenizer-folder.ts';
export type { ImageAttentionSource } from './image-classification/attention.ts';
export type { GivenImage, PixelTensor, RawImage } from './image-classification/given-image.ts';
export type {
  ImageClassificationOptions,
  ImageClassificationOutput,
  ImageClassificationPipeline,
} from './image-classification/pipeline.ts';
export type { Library, LoadModelOptions } from './library.ts';
export type { CallLimits } from './model/call-limit.ts';
export type { ForwardInputs } from './model/forward-value.ts';
export { ModelTensor, type TokenRows } from './model/model-tensor.ts';
export { PreTrainedModel } from './model/pre-trained-model.ts';
export type { GenerateOptions, GenerateOutput } from './model/writing-model.ts';
export type { ModelsByRole } from './model-by-role.ts';
export type { PipelineFor, PipelineName, PipelineOptions, Pipelines } from './pipeline.ts';
export type { Answer } from './question-answering/answer.ts';
export type { QuestionInput } from './question-answering/given-question.ts';
export type {
  QuestionAnsweringOptions,
  QuestionAnsweringOutput,
  QuestionAnsweringPipeline,
} from './question-answering/pipeline.ts';
export type { LabelScore } from './text-classification/label-score.ts';
export type {
  TextClassificationOptions,
  TextClassificationOutput,
  TextClassificationPipeline,
} from './text-classification/pipeline.ts';
export type { ClassifiedText, TextPair } from './text-classification/text-pair.ts';
export type { LanguageModel } from './text-generation/language-model.ts';
export type {
  TextGenerationOptions,
  TextGenerationOutput,
  TextGenerationPipeline,
} from './text-generation/pipeline.ts';
export type {
  SummarizationOutput,
  Text2TextGenerationOutput,
  TranslationOutput,
} from './text-to-text/output.ts';
export type {
  SummarizationPipeline,
  Text2TextGenerationPipeline,
  TextToTextOptions,
  TranslationPipeline,
} from './text-to-text/pipeline.ts';
export { SequenceModel } from './text-to-text/sequence-model.ts';
export type { TokenClassificationOptions, TokenClassificationPipeline } from './token-classification/pipeline.ts';
export type { TaggedSpan, TaggedToken } from './token-classification/tags/tag-entity.ts';
export type {
  ZeroShotClassificationOptions,
  ZeroShotClassificationOutput,
  ZeroShotClassificationPipeline,
} from './zero-shot-classification/pipeline.ts';
