import type { RandomStream } from '../../data/batch/shuffle.ts';
import { ids } from '../feed.ts';
import { unasked } from './labelled-token.ts';

/** Rows of random tokens; the label of every position is the previous token. → `tokens`, `labels` int32 [B, T]. */
export function shiftedTokens(random: RandomStream, rows: number, { symbols, time }: ShiftShape) {
  const tokens = Int32Array.from({ length: rows * time }, () => random.below(symbols));
  const labels = tokens.map((_, i) => (i % time === 0 ? unasked : tokens[i - 1]));
  return { tokens: ids([rows, time], tokens), labels: ids([rows, time], labels) };
}

interface ShiftShape {
  readonly symbols: number;
  readonly time: number;
}
