/**
 * An output layer in parts: for so few sentences at once that their scores are still in the processor's cache when
 * log-softmax and the search for the best ones read them.
 */

import { addDim, type Dim, dim, input, type Tensor } from '../../graph/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import { int32 } from './host.ts';

/** How a step divides its sentences. */
export interface OutputParts {
  /** The number of parts. */
  readonly count: number;
  /** The number of beams of every sentence: with it, fewer sizes are computed in a part. */
  readonly beams: number;
}

/** Parts of fewer rows take as long to set up as they save. */
const leastRows = 16;

/** The fewest tokens of a vocabulary whose scores leave the cache. */
const leastTokens = 2048;

/**
 * How often an output layer's weight of at most so many bytes is read. Smaller parts keep more of the scores in the cache, but
 * each reads the weight again, which must stay there too.
 */
const readings: readonly { readonly bytes: number; readonly count: number }[] = [
  { bytes: 2 << 20, count: 8 },
  { bytes: 6 << 20, count: 4 },
];

/** The parts for an output layer of this size; undefined: as a whole. */
export function partsFor(tokens: number, bytes: number, beams: number): OutputParts | undefined {
  const count = tokens < leastTokens ? undefined : readings.find((row) => bytes <= row.bytes)?.count;
  return count === undefined ? undefined : { count, beams };
}

/** Whether a batch is worth its parts. */
export const isWorthParts = ({ count, beams }: OutputParts, sentences: number): boolean =>
  sentences >= count && sentences * beams >= count * leastRows;

const partName = (part: number): string => `output_part.${part}`;
const symbol = (part: number): string => `part_${part}`;
const places = (count: number): number[] => Array.from({ length: count }, (_, part) => part);

/** For each part, the input with its sentences, int32 [part]. */
export const partSentences = ({ count }: OutputParts): Tensor[] =>
  places(count).map((part) => input(partName(part), [symbol(part)], 'int32'));

/** The number of sentences in all parts. */
export const partTotal = ({ count }: OutputParts): Dim =>
  places(count)
    .map((part) => dim(symbol(part)))
    .reduce(addDim);

/** The sentences of each part: equal numbers, but for one. */
export const partFeeds = ({ count }: OutputParts, sentences: number): Record<string, HostTensor> =>
  Object.fromEntries(
    places(count).map((part) => {
      const [from, to] = [part, part + 1].map((at) => Math.ceil((at * sentences) / count)) as [number, number];
      return [
        partName(part),
        int32(
          [to - from],
          Int32Array.from({ length: to - from }, (_, at) => from + at),
        ),
      ];
    }),
  );
