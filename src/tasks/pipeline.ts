import { InputError } from '../io/error.ts';
import { didYouMean } from '../io/nearest.ts';
import { type FeatureExtractionPipeline, featureExtractionPipeline } from './feature-extraction/pipeline.ts';
import { type FillMaskPipeline, fillMaskPipeline } from './fill-mask/pipeline.ts';
import { type ImageClassificationPipeline, imageClassificationPipeline } from './image-classification/pipeline.ts';
import type { ModelSource, ModelSourceOptions } from './platform/platform.ts';
import { type QuestionAnsweringPipeline, questionAnsweringPipeline } from './question-answering/pipeline.ts';
import { type TextClassificationPipeline, textClassificationPipeline } from './text-classification/pipeline.ts';
import { type TextGenerationPipeline, textGenerationPipeline } from './text-generation/pipeline.ts';
import { type TextToTextPipelines, textToTextPipelines } from './text-to-text/pipeline.ts';
import { type TokenClassificationPipeline, tokenClassificationPipeline } from './token-classification/pipeline.ts';
import {
  type ZeroShotClassificationPipeline,
  zeroShotClassificationPipeline,
} from './zero-shot-classification/pipeline.ts';

/** Options of `pipeline`. */
export type PipelineOptions = ModelSourceOptions;

/** The pipeline of each task, by the names of transformers.js. */
export interface Pipelines extends TextToTextPipelines {
  readonly 'text-classification': TextClassificationPipeline;
  readonly 'token-classification': TokenClassificationPipeline;
  readonly 'text-generation': TextGenerationPipeline;
  readonly 'fill-mask': FillMaskPipeline;
  readonly 'feature-extraction': FeatureExtractionPipeline;
  readonly 'zero-shot-classification': ZeroShotClassificationPipeline;
  readonly 'question-answering': QuestionAnsweringPipeline;
  readonly 'image-classification': ImageClassificationPipeline;
}

/** Aliases of tasks, as in transformers.js. */
const aliases = {
  'sentiment-analysis': 'text-classification',
  ner: 'token-classification',
} as const satisfies Readonly<Record<string, keyof Pipelines>>;

type Aliases = typeof aliases;

/** A task with a pipeline, or an alias of one. */
export type PipelineName = keyof Pipelines | keyof Aliases;

/** The pipeline of a task, by its name or an alias. */
export type PipelineFor<T extends PipelineName> = T extends keyof Aliases
  ? Pipelines[Aliases[T]]
  : T extends keyof Pipelines
    ? Pipelines[T]
    : never;

type Makers = { readonly [T in keyof Pipelines]: (source: ModelSource) => Promise<Pipelines[T]> };

const makers: Makers = {
  ...textToTextPipelines,
  'text-classification': textClassificationPipeline,
  'token-classification': tokenClassificationPipeline,
  'text-generation': textGenerationPipeline,
  'fill-mask': fillMaskPipeline,
  'feature-extraction': featureExtractionPipeline,
  'zero-shot-classification': zeroShotClassificationPipeline,
  'question-answering': questionAnsweringPipeline,
  'image-classification': imageClassificationPipeline,
};

/** All tasks that have a pipeline. */
export const pipelineTasks = Object.keys(makers);

const isAlias = (name: string): name is keyof Aliases => Object.hasOwn(aliases, name);

/** @throws {InputError} for an unknown task, or a folder that is not a complete model with a tokenizer. */
export async function pipelineOf<T extends PipelineName>(name: T, source: ModelSource): Promise<PipelineFor<T>> {
  const task = isAlias(name) ? aliases[name] : name;
  if (!Object.hasOwn(makers, task)) {
    const near = didYouMean(String(task), [...pipelineTasks, ...Object.keys(aliases)]);
    throw new InputError(`pipeline: expected a task of ${pipelineTasks.join(', ')}, got "${String(task)}"${near}`);
  }
  return (await makers[task as keyof Pipelines](source)) as PipelineFor<T>;
}
