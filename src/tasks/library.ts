import type { Folder } from '../io/folder.ts';
import type { Role } from '../models/role.ts';
import { type CallOptions, checkCallOptions } from './model/call-option.ts';
import { type ModelsByRole, modelOf } from './model-by-role.ts';
import { type PipelineFor, type PipelineName, type PipelineOptions, pipelineOf } from './pipeline.ts';
import { type ModelSourceOptions, modelSource, type Platform } from './platform/platform.ts';

/** Options of `loadModel`. */
export interface LoadModelOptions<R extends Role = Role>
  extends Pick<ModelSourceOptions, 'backend' | 'engine' | 'low_memory' | 'dtype'> {
  /** The role that the model must have; default: any. */
  readonly role?: R | undefined;
}

/** The functions for using a finished model, in Node or in the browser. */
export interface Library {
  /**
   * Creates a function from texts to results for one task, like `pipeline` in transformers.js. As there, `sentiment-analysis` is an alias of text classification, and `ner` of token classification.
   *
   * @param folder a model's folder: its path, its address, or a {@link Folder}.
   * @throws {InputError} for an unknown task or option, or a folder that is not a complete model with a tokenizer.
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
   * Loads a model of any kind without its tokenizer: `forward` on token ids, and for models that write also `generate` and `score`.
   *
   * `role` says what it is. If given as an option, any other model is refused, and the type of the result is known.
   * @throws {InputError} when the folder is not a complete model of a known family, or its model has another role.
   * @example
   * const model = await loadModel('./run', { role: 'sequence-to-sequence' });
   * const sequences = await model.generate({ inputs: [[5, 6, 0]] });
   */
  loadModel<R extends Role = Role>(folder: string | Folder, options?: LoadModelOptions<R>): Promise<ModelsByRole[R]>;
}

const engineOptions = { backend: 'other', engine: 'other', low_memory: 'flag', dtype: 'other' } as const;
const modelOptions: CallOptions = { own: { ...engineOptions, role: 'other' } };
const pipelineOptions: CallOptions = {
  own: { ...engineOptions, allow_unsafe_patterns: 'flag', limits: 'other' },
};

/** The functions of the package on a platform. */
export function library(platform: Platform): Library {
  return {
    pipeline: async (task, folder, options = {}) => {
      checkCallOptions('pipeline', options, pipelineOptions);
      return pipelineOf(task, modelSource(platform, folder, options));
    },
    loadModel: async (folder, options = {}) => {
      checkCallOptions('loadModel', options, modelOptions);
      const { role, ...source } = options;
      return modelOf(modelSource(platform, folder, source), role);
    },
  };
}
