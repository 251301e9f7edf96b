import { InputError, reportAll } from '../io/error.ts';
import type { SequenceToSequenceModel } from '../models/sequence-to-sequence.ts';
import type { HostTensor } from '../runtime/backend.ts';
import { int32 } from './step/host.ts';

/** One sentence to read: its tokens, and 1 where there is text, 0 where there is none. */
export interface Source {
  readonly ids: ArrayLike<number>;
  readonly mask: ArrayLike<number>;
  /** What the decoder starts with: the start token, or the text that it continues. */
  readonly prompt: readonly number[];
  /** Where it stands among the sentences of a call. */
  readonly place: number;
}

/** Sentences as lists of ids, or as rows of one length with a mask: what a tokenizer gives. */
export type Sources =
  | readonly ArrayLike<number>[]
  | { readonly input_ids: readonly ArrayLike<number>[]; readonly attention_mask?: readonly ArrayLike<number>[] };

/**
 * Sentences without the padding after them; the decoder then starts with the token `start`.
 *
 * @throws {InputError} for every sentence that is empty or too long, an id outside the vocabulary, a mask of another
 * length.
 */
export function sourcesOf(given: Sources, model: SequenceToSequenceModel, start: number): Source[] {
  const { rows, masks } = rowsAndMasks(given);
  const violations: string[] = [];
  const sources = Array.from(rows, (ids, i) => {
    const mask = masks[i];
    let length = Math.min(ids.length, mask.length);
    while (length > 0 && !mask[length - 1]) length--;
    const head = { length };
    const source = {
      ids: Array.from(head, (_, j) => ids[j]),
      mask: Array.from(head, (_, j) => (mask[j] ? 1 : 0)),
      prompt: [start],
      place: i,
    };
    violations.push(...faults(source, model, mask.length === ids.length).map((fault) => `sentence ${i}: ${fault}`));
    return source;
  });
  if (violations.length) throw reportAll('generate', violations);
  return sources;
}

/** Rows of ids, each with its mask. @throws {InputError} when there is not one mask a row. */
export function rowsAndMasks(given: Sources): Record<'rows' | 'masks', readonly ArrayLike<number>[]> {
  const isPlain = (sources: Sources): sources is readonly ArrayLike<number>[] => Array.isArray(sources);
  const rows = isPlain(given) ? given : given.input_ids;
  const masks = isPlain(given) ? undefined : given.attention_mask;
  if (masks && masks.length !== rows.length) {
    throw new InputError(`generate: attention_mask must have a row a sentence, ${rows.length}, got ${masks.length}`);
  }
  return { rows, masks: masks ?? Array.from(rows, ({ length }) => new Uint8Array(length).fill(1)) };
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
    ...(wrong === undefined ? [] : [`token ids must lie in 0 … ${vocabulary.source - 1}, got ${wrong}`]),
  ];
}

/** Whether a number is the id of a token in a vocabulary of `size`. */
export const isToken = (id: number, size: number): boolean => Number.isInteger(id) && id >= 0 && id < size;

/** `input_ids` and `attention_mask` of a batch, int32 [sentences, source], padded at the end. */
export function sourceFeeds(sources: readonly Source[]): Record<string, HostTensor> {
  const width = Math.max(...sources.map(({ ids }) => ids.length));
  const shape = [sources.length, width];
  const [ids, mask] = [new Int32Array(sources.length * width), new Int32Array(sources.length * width)];
  sources.forEach((source, i) => {
    ids.set(source.ids, i * width);
    mask.set(source.mask, i * width);
  });
  return { input_ids: int32(shape, ids), attention_mask: int32(shape, mask) };
}
