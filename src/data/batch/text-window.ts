import { InputError } from '../../io/error.ts';
import { randomStream } from './shuffle.ts';

/** How a text is cut into windows. */
export interface WindowOptions {
  /** Tokens in a window. */
  readonly block_size: number;
  /** Windows in a batch. */
  readonly windows_per_batch: number;
  readonly seed: number;
}

/** Windows of equal length and the token after each of their tokens; matrices are row-major. */
export interface WindowBatch {
  /** Windows in the batch. */
  readonly B: number;
  /** Tokens in each window. */
  readonly T: number;
  /** [B, T] */
  readonly inputIds: Int32Array;
  /** [B, T], the next token of each. */
  readonly labels: Int32Array;
}

/**
 * Where the windows of an epoch's batches begin in a text of `tokens` tokens. Each start is drawn uniformly, and all
 * windows together read about as many tokens as the text has.
 *
 * Everything follows from (`seed`, `epoch`) alone, so a position (epoch, batch) determines what comes next.
 *
 * Source: nanoGPT, `get_batch`.
 * @param where what errors call the text.
 * @throws {InputError} when the text is too short for one window and the token after it.
 */
export function planWindows(tokens: number, options: WindowOptions, epoch: number, where = 'data'): Int32Array[] {
  const { block_size: block, windows_per_batch: windows, seed } = options;
  const places = tokens - block;
  if (places < 1) {
    throw new InputError(
      `${where}: expected a text of more than block_size = ${block} tokens, got ${tokens}; lower block_size`,
    );
  }
  const random = randomStream(seed, epoch);
  const count = Math.ceil(tokens / (windows * block));
  return Array.from({ length: count }, () => Int32Array.from({ length: windows }, () => random.below(places)));
}

/**
 * A text cut into consecutive windows, as batches: every token but the first is a label once. The last window may be
 * shorter; it is then a separate batch.
 */
export function* consecutiveWindows(
  ids: Int32Array,
  { block_size: block, windows_per_batch: windows }: Omit<WindowOptions, 'seed'>,
): Generator<WindowBatch> {
  const labels = ids.length - 1;
  const whole = Math.floor(labels / block);
  for (let from = 0; from < whole; from += windows) {
    const count = Math.min(windows, whole - from);
    yield windowBatch(
      ids,
      Int32Array.from({ length: count }, (_, i) => (from + i) * block),
      block,
    );
  }
  if (whole * block < labels) yield windowBatch(ids, Int32Array.of(whole * block), labels - whole * block);
}

/** Lays out the windows that begin at `starts` as one batch. */
export function windowBatch(ids: Int32Array, starts: Int32Array, time: number): WindowBatch {
  const [B, T] = [starts.length, time];
  const batch = { B, T, inputIds: new Int32Array(B * T), labels: new Int32Array(B * T) };
  starts.forEach((start, b) => {
    batch.inputIds.set(ids.subarray(start, start + T), b * T);
    batch.labels.set(ids.subarray(start + 1, start + 1 + T), b * T);
  });
  return batch;
}
