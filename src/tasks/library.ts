import type { Folder } from '../io/folder.ts';
import { type CallOptions, checkCallOptions } from './model/call-option.ts';
import { type PipelineFor, type PipelineName, type PipelineOptions, pipelineOf } from './pipeline.ts';
import { type ModelSourceOptions, modelSource, type Platform } from './platform/platform.ts';
import { SequenceModel } from './text-to-text/sequence-model.ts';

/** What a program does with a finished model, in Node or in the browser. */
export interface Library {
  /**
   * Makes what transformers.js' function of this name makes: a function from texts to results, for one task. As there,
   * `sentiment-analysis` is another name of text classification, and `ner` of token classification.
   *
   * @param folder a model's folder: its path, its address, or a {@link Folder}.
   * @throws {InputError} for an unknown task or option, or a folder that is no whole model with a tokenizer.
   * @example
   * const translator = await pipeline('translation', './run');
   * const [{ translation_text }] = await translator('the 3rd of May, 1998', { num_beams: 4 });
   */
  pipeline<T extends PipelineName>(
    task: T,
    folder: string | Folder,
    options?: PipelineOptions,
  ): Promise<PipelineFor<T>>;
  /**
   * Loads a model without its tokenizer, for `generate` and `forward` on token ids.
   *
   * @throws {InputError} when the folder is no whole model of a known family.
   */
  loadModel(
    folder: string | Folder,
    options?: Pick<ModelSourceOptions, 'backend' | 'low_memory'>,
  ): Promise<SequenceModel>;
}

const engineOptions: CallOptions = { own: { backend: 'other', low_memory: 'flag' } };
const pipelineOptions: CallOptions = {
  own: { ...engineOptions.own, allow_unsafe_patterns: 'flag', limits: 'other' },
};

/** The functions of the package on a platform. */
export function library(platform: Platform): Library {
  return {
    pipeline: async (task, folder, options = {}) => {
      checkCallOptions('pipeline', options, pipelineOptions);
      return pipelineOf(task, modelSource(platform, folder, options));
    },
    loadModel: async (folder, options = {}) => {
      checkCallOptions('loadModel', options, engineOptions);
      const source = modelSource(platform, folder, options);
      return SequenceModel.load(source.folder, source.backend);
    },
  };
}
