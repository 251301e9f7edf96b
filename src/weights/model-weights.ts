import type { OpenCheckpoint } from './checkpoint.ts';
import type { MatchReport, Repeat } from './match-options.ts';
import { matchNames } from './name-match.ts';
import { refuseNonFinite, refuseUntied, sourceData } from './parameter-match.ts';
import { isSameData } from './same-data.ts';
import type { WeightStore } from './weight-store.ts';

/** A model's weights in an open checkpoint, each widened to float32 when it is read. */
export interface CheckpointWeights {
  /** In the order of the files, then those that are new. */
  readonly store: WeightStore;
  readonly report: MatchReport;
  /** The element types of the weights in the files. */
  readonly dtypes: readonly string[];
}

/**
 * Finds a model's weights in an open checkpoint; see {@link matchNames}. Only tied tensors that are there twice are read. A
 * buffer that the files lack counts as one of theirs.
 *
 * @throws {InputError} that reports all differences at once; when tied tensors differ.
 */
export async function checkpointWeights(
  expected: ReadonlyMap<string, readonly number[]>,
  checkpoint: OpenCheckpoint,
  options: Parameters<typeof matchNames>[2] = {},
): Promise<CheckpointWeights> {
  const { buffers } = options;
  const { sources, repeats, report } = matchNames(expected, checkpoint, options);
  const place = new Map([...checkpoint.tensors.keys()].map((file, at) => [file, at]));
  const inFiles = [...sources].sort(([, a], [, b]) => (place.get(a.file) ?? 0) - (place.get(b.file) ?? 0));
  const store: WeightStore = {
    names: [...inFiles.map(([name]) => name), ...[...expected.keys()].filter((name) => !sources.has(name))],
    origin: (name) => (sources.has(name) || buffers?.has(name) ? 'file' : 'new'),
    async read(name) {
      const source = sources.get(name);
      const buffer = source ? undefined : buffers?.get(name);
      if (buffer) return buffer();
      if (!source) throw new RangeError(`weights: expected a parameter of the file, got ${name}`);
      const data = sourceData(source, await checkpoint.read(source.file), expected.get(name));
      refuseNonFinite(checkpoint.name, source.file, data);
      return data;
    },
  };
  const differing: Repeat[] = [];
  for (const repeat of repeats) {
    const { name, source } = repeat;
    const copy = sourceData(source, await checkpoint.read(source.file), expected.get(name));
    if (!isSameData(copy, await store.read(name))) differing.push(repeat);
  }
  refuseUntied(checkpoint.name, differing, options);
  const dtypes = [...new Set([...sources.values()].map(({ dtype }) => dtype))].sort();
  return { store, report, dtypes };
}
