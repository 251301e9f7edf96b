import type { Generated, Generator, GenerateOptions as GeneratorCall } from '../../decode/generator.ts';
import { callConfig } from '../../decode/settings/call-config.ts';
import { type GenerationConfig, overlay, readGenerationConfig } from '../../decode/settings/generation-config.ts';
import type { Sources } from '../../decode/source.ts';
import type { Decoder } from '../../decode/stream/decoder.ts';
import type { TargetScore } from '../../decode/target-score.ts';
import { InputError } from '../../io/error.ts';
import { generationConfigFile, type LoadedModel } from '../../models/folder/load.ts';
import type { Backend } from '../../runtime/backend.ts';
import { withLowMemory } from '../../runtime/low-memory.ts';
import { type CallOptions, checkCallOptions } from './call-option.ts';
import { ModelTensor, paddedTensor, rowsOf, type TokenRows } from './model-tensor.ts';
import { PreTrainedModel } from './pre-trained-model.ts';

const signalOption: CallOptions = { own: { signal: 'signal' } };

/** The options of `generate`: the names of transformers.js, and any field of `GenerationConfig`. */
export interface GenerateOptions extends GenerationConfig {
  /** Token ids [B, S]; padding on the right, marked by `attention_mask` or by the pad token. */
  readonly inputs?: TokenRows | undefined;
  /** An alias of `inputs`, so that a tokenizer's result can be spread. */
  readonly input_ids?: TokenRows | undefined;
  readonly attention_mask?: TokenRows | undefined;
  /** Overrides the folder's `generation_config.json`; fields given directly override it. */
  readonly generation_config?: GenerationConfig | null | undefined;
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The tokenizer of the output, to find `stop_strings`. */
  readonly tokenizer?: Decoder | undefined;
}

/** The result with `return_dict_in_generate`. */
export interface GenerateOutput {
  /** int64 [B · num_return_sequences, T], from the start token or the prompt on, padded on the right. */
  readonly sequences: ModelTensor<BigInt64Array>;
  /** float32 [B · num_return_sequences]: log-probability / length ** length_penalty. */
  readonly sequences_scores: ModelTensor<Float32Array>;
}

/** A loaded model that writes tokens. Must be disposed of. */
export abstract class WritingModel<R extends 'causal' | 'sequence-to-sequence'> extends PreTrainedModel<R> {
  readonly #defaults: GenerationConfig;
  #generator: Generator | undefined;
  #isDisposed = false;

  constructor(loaded: LoadedModel<R> & LoadedModel, backend: Backend) {
    // The generator holds the weights in the kernels' order; forward passes are rarer and read them unpacked.
    super(loaded, backend, withLowMemory(backend));
    const where = `${loaded.name}/${generationConfigFile}`;
    this.#defaults = overlay(loaded.generationDefaults, readGenerationConfig(loaded.generationConfig, where));
  }

  /** `generation_config.json`, with the family's defaults filled in. */
  get generation_config(): GenerationConfig {
    return this.#defaults;
  }

  /**
   * Generates token ids, like `model.generate` in transformers.js.
   *
   * Returns int64 [B · num_return_sequences, T], from the start token on, or for a language model from the prompt on; with `return_dict_in_generate`, an object with `sequences` and `sequences_scores`.
   * @throws {InputError} for an unknown field, a token outside the vocabulary, or more tokens than the model has positions.
   */
  generate(options: GenerateOptions & { readonly return_dict_in_generate: true }): Promise<GenerateOutput>;
  generate(options: GenerateOptions): Promise<ModelTensor<BigInt64Array> | GenerateOutput>;
  async generate(options: GenerateOptions): Promise<ModelTensor<BigInt64Array> | GenerateOutput> {
    const { inputs, input_ids, attention_mask, generation_config, signal, tokenizer, ...fields } = options;
    checkCallOptions('generate', { signal }, signalOption);
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

  /** Generates from rows of token ids: the best sequences for each and, for an encoder–decoder, attention weights on request. */
  async generateRows(sources: Sources, fields: GenerationConfig = {}, call?: GeneratorCall): Promise<Generated[]> {
    const config = this.settings(fields);
    return this.generator.generate(sources, config, call);
  }

  /**
   * Log-probabilities of given targets, token by token: after the start token for an encoder–decoder, after the texts `sources` for a language model.
   *
   * @throws {InputError} for a token outside the vocabulary, an empty or too long row, a wrong number of targets, or an unknown option.
   */
  async score(
    sources: Sources,
    targets: readonly ArrayLike<number>[],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<TargetScore[]> {
    checkCallOptions('score', options, signalOption);
    return this.generator.score(sources, targets, this.#defaults, options);
  }

  override async dispose(): Promise<void> {
    this.#isDisposed = true;
    await Promise.all([super.dispose(), this.#generator?.dispose()]);
  }

  protected abstract makeGenerator(backend: Backend): Generator;

  /** Created at first use. */
  protected get generator(): Generator {
    if (this.#isDisposed) throw new Error('the model is disposed');
    this.#generator ??= this.makeGenerator(this.backend);
    return this.#generator;
  }

  /** `fields` over `generation_config`. @throws {InputError} for an unknown field, an invalid value or one without effect. */
  protected settings(fields: GenerationConfig): GenerationConfig {
    return callConfig(this.#defaults, readGenerationConfig(fields, 'generation'));
  }
}

/** 1 for the text of a row, 0 for its padding. */
function textMask(row: readonly number[], padId: number): number[] {
  const length = row.findLastIndex((id) => id !== padId) + 1;
  return row.map((_, s) => Number(s < length));
}
