import { InputError, reportAll } from '../io/error.ts';
import { itemAt } from '../io/item-at.ts';
import type { SequenceToSequenceModel } from '../models/body/decoder.ts';
import type { HostTensor } from '../runtime/backend.ts';
import { int32 } from './step/host.ts';

/** One sentence to read: its tokens, with 1 for text and 0 for padding. */
export interface Source {
  readonly ids: ArrayLike<number>;
  readonly mask: ArrayLike<number>;
  /** The initial tokens of the decoder: the start token, or the text to continue. */
  readonly prompt: readonly number[];
  /** Its index among the sentences of a call. */
  readonly place: number;
}

/** The keys of attention, tokens of sources and slots, come in multiples of it; see {@link sourceWidth}. */
export const keyBlock = 4;

/** Sentences as lists of ids, or as rows of one length with a mask, as a tokenizer returns them. */
export type Sources =
  | readonly ArrayLike<number>[]
  | { readonly input_ids: readonly ArrayLike<number>[]; readonly attention_mask?: readonly ArrayLike<number>[] };

/**
 * Sentences without padding; the decoder starts with the token `start`.
 *
 * @throws {InputError} for every sentence that is empty or too long, an id outside the vocabulary, a mask of another
 * length.
 */
export function sourcesOf(given: Sources, model: SequenceToSequenceModel, start: number): Source[] {
  const violations: string[] = [];
  const sources = maskedRows(given).map(({ ids, mask }, place): Source => {
    const read = Array.from(mask, (bit): number => (bit ? 1 : 0)).slice(0, ids.length);
    const length = read.lastIndexOf(1) + 1;
    const source = { ids: Array.from(ids).slice(0, length), mask: read.slice(0, length), prompt: [start], place };
    violations.push(...faults(source, model, mask.length === ids.length).map((fault) => `sentence ${place}: ${fault}`));
    return source;
  });
  if (violations.length) throw reportAll('generate', violations);
  return sources;
}

/** The ids of a row, and a mask of those to read. */
interface MaskedRow {
  readonly ids: ArrayLike<number>;
  readonly mask: ArrayLike<number>;
}

/** Rows of ids, each with its mask. @throws {InputError} when there is not one mask per row. */
export function maskedRows(given: Sources): MaskedRow[] {
  const isPlain = (sources: Sources): sources is readonly ArrayLike<number>[] => Array.isArray(sources);
  const rows = isPlain(given) ? given : given.input_ids;
  const masks = isPlain(given) ? undefined : given.attention_mask;
  if (masks && masks.length !== rows.length) {
    throw new InputError(
      `generate: attention_mask must have one row per sentence, ${rows.length}, got ${masks.length}`,
    );
  }
  return Array.from(rows, (ids, row) => ({
    ids,
    mask: masks ? itemAt(masks, row, 'a mask') : new Uint8Array(ids.length).fill(1),
  }));
}

function faults(
  { ids }: Pick<Source, 'ids'>,
  { vocabulary, maxPositions }: SequenceToSequenceModel,
  fits: boolean,
): string[] {
  const wrong = Array.from(ids).find((id) => !isToken(id, vocabulary.source));
  return [
    ...(fits ? [] : ['attention_mask must be as long as input_ids']),
    ...(ids.length === 0 ? ['must have a token, got none'] : []),
    ...(maxPositions !== undefined && ids.length > maxPositions
      ? [`must have at most ${maxPositions} tokens, got ${ids.length}`]
      : []),
    ...(wrong === undefined ? [] : [`token ids must be in 0 … ${vocabulary.source - 1}, got ${wrong}`]),
  ];
}

/** Whether a number is the id of a token in a vocabulary of `size`. */
export const isToken = (id: number, size: number): boolean => Number.isInteger(id) && id >= 0 && id < size;

/**
 * The tokens to which sources of a batch are padded: those of the longest, rounded up as far as the model has positions. A query
 * alone, as in greedy search, is multiplied by four keys at a time, and those that are left over in another order; so a sentence
 * is added up alone as beside longer ones.
 *
 * Source: ONNX Runtime's MLAS, the kernels for one row, `SgemmKernelM1`.
 */
export function sourceWidth(
  sources: readonly Pick<Source, 'ids'>[],
  { maxPositions }: SequenceToSequenceModel,
): number {
  const longest = Math.max(...sources.map(({ ids }) => ids.length));
  return Math.max(
    longest,
    Math.min(keyBlock * Math.ceil(longest / keyBlock), maxPositions ?? Number.POSITIVE_INFINITY),
  );
}

/** `input_ids` and `attention_mask` of a batch, int32 [sentences, source], padded at the end. */
export function sourceFeeds(sources: readonly Source[], model: SequenceToSequenceModel): Record<string, HostTensor> {
  const width = sourceWidth(sources, model);
  const shape = [sources.length, width];
  const [ids, mask] = [new Int32Array(sources.length * width), new Int32Array(sources.length * width)];
  sources.forEach((source, i) => {
    ids.set(source.ids, i * width);
    mask.set(source.mask, i * width);
  });
  return { input_ids: int32(shape, ids), attention_mask: int32(shape, mask) };
}
