import type { Folder } from '../io/folder.ts';
import type { Backend } from '../runtime/backend.ts';
import { type PipelineOptions, type Pipelines, pipelineOf } from './pipeline.ts';
import { modelSource, type Platform } from './platform/platform.ts';
import { SequenceModel } from './text-to-text/sequence-model.ts';

/** What a program does with a finished model, in Node or in the browser. */
export interface Library {
  /**
   * Makes what transformers.js' function of this name makes: a function from texts to results, for one task.
   *
   * @param folder a model's folder: its path, its address, or a {@link Folder}.
   * @throws {InputError} for an unknown task, or a folder that is no whole model with a tokenizer.
   * @example
   * const translator = await pipeline('translation', './run');
   * const [{ translation_text }] = await translator('the 3rd of May, 1998', { num_beams: 4 });
   */
  pipeline<T extends keyof Pipelines>(
    task: T,
    folder: string | Folder,
    options?: PipelineOptions,
  ): Promise<Pipelines[T]>;
  /**
   * Loads a model without its tokenizer, for `generate` and `forward` on token ids.
   *
   * @throws {InputError} when the folder is no whole model of a known family.
   */
  loadModel(folder: string | Folder, options?: { readonly backend?: Backend }): Promise<SequenceModel>;
}

export function library(platform: Platform): Library {
  return {
    pipeline: (task, folder, { backend } = {}) => pipelineOf(task, modelSource(platform, folder, backend)),
    loadModel: (folder, { backend } = {}) => {
      const source = modelSource(platform, folder, backend);
      return SequenceModel.load(source.folder, source.backend);
    },
  };
}
