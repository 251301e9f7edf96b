/** Training batches of pairs, as a run has them. */
import type { BatchTokens } from '../../src/data/batch/batch.ts';
import type { EncodedPairs } from '../../src/data/batch/encode.ts';
import type { EpochOptions } from '../../src/data/batch/epoch.ts';
import type { DataPosition } from '../../src/data/batch/index-stream.ts';
import { sequenceTraining } from '../../src/tasks/text-to-text/sequence-batch.ts';
import { indexSource } from '../../src/train/update/index-source.ts';
import type { BatchSource } from '../../src/train/update/micro-batch.ts';

export function sequenceSource(
  pairs: EncodedPairs,
  options: EpochOptions & BatchTokens,
  position: DataPosition,
): BatchSource {
  const { plan, batch } = sequenceTraining(pairs, options);
  return indexSource(plan, position, batch);
}
