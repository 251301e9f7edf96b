import type { RandomStream } from '../../data/batch/shuffle.ts';
import { input, type Tensor } from '../../graph/index.ts';
import { crossEntropyLoss, linear, type Scope } from '../../nn/index.ts';
import { ids } from '../feed.ts';
import type { ReaderSize, SequenceReader } from './sequence-reader.ts';

/** Tokens that may have to be recalled; the others are fillers. */
export const recalled = 8;

/** Logits of each row's first token, [B, 8]. */
const recallLogits = (root: Scope, reader: SequenceReader, { width }: ReaderSize): Tensor =>
  linear(
    root.at('head'),
    { inFeatures: width, outFeatures: recalled },
    reader.read(root, input('ids', ['batch', 'time'], 'int32')).last,
  );

const labels = (): Tensor => input('labels', ['batch'], 'int32');

/** The loss of naming the first token after the last one. */
export const recallLoss = (root: Scope, reader: SequenceReader, size: ReaderSize): Tensor =>
  crossEntropyLoss(recallLogits(root, reader, size), labels());

/** Rows of one token to recall, followed by `lag` others. */
export function recallBatch(random: RandomStream, rows: number, lag: number, { vocabulary }: ReaderSize) {
  const time = lag + 1;
  const tokens = new Int32Array(rows * time);
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    labels[row] = tokens[row * time] = random.below(recalled);
    for (let t = 1; t < time; t++) tokens[row * time + t] = recalled + random.below(vocabulary - recalled);
  }
  return { ids: ids([rows, time], tokens), labels: ids([rows], labels) };
}
