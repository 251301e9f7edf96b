import { encodeTexts } from '../../data/batch/encode-text.ts';
import { InputError } from '../../io/error.ts';
import { firstOf } from '../../io/item-at.ts';
import { inSlices } from '../../runtime/queue/time-slice.ts';
import { SharedWeights } from '../../runtime/shared-weights.ts';
import { QueuedProgram } from '../model/queued-program.ts';
import type { TextRow } from '../model/text-batch.ts';
import type { ModelSource } from '../platform/platform.ts';
import { sentenceVectorProgram, tokenVectorProgram } from './embedding-program.ts';
import { type LoadedEncoder, loadEncoder } from './loaded-encoder.ts';
import type { PoolingMode } from './pooling-mode.ts';
import { normalized } from './vector.ts';

/** How to embed the texts of a call. */
export interface EmbedOptions {
  /** null: the vectors of tokens. */
  readonly pooling: PoolingMode | null;
  /** Whether vectors are scaled to length 1. */
  readonly normalize: boolean;
  /** Whether a text with too many tokens is cut; otherwise it is refused. */
  readonly truncation: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A text as vectors. */
export interface EmbeddedText {
  /** The vector of the text, [D], or those of its tokens, [T · D]. */
  readonly vectors: Float32Array;
  /** Whether only its first tokens were read. */
  readonly isCut: boolean;
  /** Whether it has no tokens of its own, or only blanks. */
  readonly isEmpty: boolean;
}

/** An encoder in an engine. Must be disposed of. */
export interface Embedder extends LoadedEncoder {
  /** The vectors of texts, in order. @throws {InputError} for a text that has too many tokens and is not to be cut. */
  embed(texts: readonly string[], options: EmbedOptions): Promise<EmbeddedText[]>;
  dispose(): Promise<void>;
}

type Program = QueuedProgram<TextRow, Float32Array>;

/** Opens an encoder. A program for each pooling is compiled when it is first used. @throws {InputError} as {@link loadEncoder}. */
export async function openEmbedder(source: ModelSource): Promise<Embedder> {
  const loaded = await loadEncoder(source);
  const { model, tokenizer, maxTokens } = loaded;
  const { width } = model.model;
  const weights = new SharedWeights(source.backend, model.parameters);
  const programs = new Map<PoolingMode | null, Promise<Program>>();
  const programOf = (pooling: PoolingMode | null): Promise<Program> => {
    const known = programs.get(pooling);
    if (known) return known;
    const made = QueuedProgram.make(
      (form) => (pooling === null ? tokenVectorProgram(form) : sentenceVectorProgram(form, pooling)),
      model,
      weights,
    );
    programs.set(pooling, made);
    made.catch(() => programs.delete(pooling));
    return made;
  };
  const encode = (text: string, at: number, truncation: boolean) => {
    const { ids, cut, empty } = encodeTexts({ texts: [text], where: String }, tokenizer, {
      max_length: truncation ? maxTokens : undefined,
    });
    const own = firstOf(ids, 'a text');
    if (own.length > maxTokens) {
      throw new InputError(
        `feature-extraction: expected at most ${maxTokens} tokens, got ${own.length}, at text ${at}`,
      );
    }
    return { example: at, size: own.length, ids: own, isCut: cut.size > 0, isEmpty: empty > 0 };
  };
  return {
    ...loaded,
    async embed(texts, { pooling, normalize, truncation, signal }) {
      const rows = await inSlices(texts, (text, at) => encode(text, at, truncation), signal);
      const found = await (await programOf(pooling)).submit(rows, { signal });
      return rows.map(({ isCut, isEmpty }, at) => {
        const vectors = found[at] ?? new Float32Array();
        return { vectors: normalize ? normalized(vectors, width) : vectors, isCut, isEmpty };
      });
    },
    async dispose() {
      const made = await Promise.allSettled(programs.values());
      for (const outcome of made) if (outcome.status === 'fulfilled') await outcome.value.dispose();
      await weights.dispose();
    },
  };
}
