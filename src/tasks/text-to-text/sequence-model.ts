import {
  createGenerator,
  type Generated,
  type Generator,
  type GenerateOptions as GeneratorCall,
} from '../../decode/generator.ts';
import { type GenerationConfig, overlay } from '../../decode/settings/generation-config.ts';
import type { Sources } from '../../decode/source.ts';
import type { Decoder } from '../../decode/stream/decoder.ts';
import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import { inRole } from '../../models/family.ts';
import { type LoadedModel, loadModel } from '../../models/load.ts';
import type { Backend } from '../../runtime/backend.ts';
import { WritingModel } from '../model/writing-model.ts';
import { ModelTensor, paddedTensor, rowsOf, type TokenRows } from './model-tensor.ts';

/** What `generate` is called with: transformers.js' names, and any field of `GenerationConfig` beside them. */
export interface GenerateOptions extends GenerationConfig {
  /** Token ids [B, S]; padding on the right, marked by `attention_mask` or by the pad token. */
  readonly inputs?: TokenRows | undefined;
  /** Another name of `inputs`, so that a tokenizer's result can be spread. */
  readonly input_ids?: TokenRows | undefined;
  readonly attention_mask?: TokenRows | undefined;
  /** Laid over the folder's `generation_config.json`; fields given directly lie over it. */
  readonly generation_config?: GenerationConfig | null | undefined;
  /** Ends the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What `stop_strings` are looked for with: the target's tokenizer. */
  readonly tokenizer?: Decoder | undefined;
}

/** The result with `return_dict_in_generate`. */
export interface GenerateOutput {
  /** int64 [B · num_return_sequences, T], from the start token on, padded on the right. */
  readonly sequences: ModelTensor<BigInt64Array>;
  /** float32 [B · num_return_sequences]: log-probability / length ** length_penalty. */
  readonly sequences_scores: ModelTensor<Float32Array>;
}

/** A sequence-to-sequence model ready to be used. Must be disposed of. */
export class SequenceModel extends WritingModel<LoadedModel<'sequence-to-sequence'>> {
  /** @throws {InputError} when the folder is no whole model of a known family, or the model is no encoder–decoder. */
  static async load(folder: Folder, backend: Backend): Promise<SequenceModel> {
    return new SequenceModel(inRole(await loadModel(folder), 'sequence-to-sequence', folder.name), backend);
  }

  /**
   * Generates token ids, as transformers.js' `model.generate` does.
   *
   * Gives int64 [B · num_return_sequences, T], from the start token on, or with `return_dict_in_generate` an object with
   * `sequences` and `sequences_scores`.
   * @throws {InputError} for an unknown field, a token outside the vocabulary, more tokens than the model has positions.
   */
  generate(options: GenerateOptions & { readonly return_dict_in_generate: true }): Promise<GenerateOutput>;
  generate(options: GenerateOptions): Promise<ModelTensor<BigInt64Array> | GenerateOutput>;
  async generate(options: GenerateOptions): Promise<ModelTensor<BigInt64Array> | GenerateOutput> {
    const { inputs, input_ids, attention_mask, generation_config, signal, tokenizer, ...fields } = options;
    if (inputs && input_ids) throw new InputError('generate: expected inputs or input_ids, got both');
    const ids = inputs ?? input_ids;
    if (!ids) throw new InputError('generate: expected inputs, token ids [B, S], got none');
    const { padTokenId } = this.loaded.tokens;
    const rows = rowsOf('inputs', ids);
    const mask = attention_mask
      ? rowsOf('attention_mask', attention_mask)
      : rows.map((row) => textMask(row, padTokenId));
    const { return_dict_in_generate, ...settings } = overlay(generation_config ?? {}, fields);
    const found = await this.generateRows({ input_ids: rows, attention_mask: mask }, settings, { signal, tokenizer });
    const { pad_token_id: pad } = overlay(this.generation_config, settings);
    const sequences = paddedTensor(
      found.flatMap(({ sequences: best }) => best),
      pad ?? padTokenId,
    );
    if (!(return_dict_in_generate ?? this.generation_config.return_dict_in_generate)) return sequences;
    const scores = Float32Array.from(found.flatMap(({ scores: each }) => each));
    return { sequences, sequences_scores: new ModelTensor([scores.length], scores) };
  }

  /** Generates for sentences given as token ids: for each the best sequences, and attention weights on request. */
  async generateRows(sources: Sources, fields: GenerationConfig = {}, call?: GeneratorCall): Promise<Generated[]> {
    const config = this.settings(fields);
    return this.generator.generate(sources, config, call);
  }

  protected makeGenerator(backend: Backend): Generator {
    return createGenerator(this.loaded.model, this.loaded.parameters, backend);
  }
}

/** 1 for the text of a row, 0 for the pad tokens after it. */
function textMask(row: readonly number[], padId: number): number[] {
  const length = row.findLastIndex((id) => id !== padId) + 1;
  return row.map((_, s) => Number(s < length));
}
