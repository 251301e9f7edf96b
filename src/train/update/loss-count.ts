import { lossScaleName, scaledTerm } from '../../nn/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { MicroBatch } from './micro-batch.ts';
import { hostScalar } from './train-state.ts';

/** What counts, by the loss's terms. */
export type Counts = MicroBatch['counts'];

/** The terms of a loss with these inputs. */
export const lossTerms = (inputs: Iterable<string>): string[] =>
  [...inputs].flatMap((name) => scaledTerm(name) ?? []).sort();

/** The scales of a loss of which this much counts: 1/count for each term, 0 for a term of which nothing counts. */
export const lossScales = (counts: Counts): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(counts).map(([term, count]) => [lossScaleName(term), hostScalar(count > 0 ? 1 / count : 0)]),
  );

/**
 * The sum of the counts by term.
 *
 * @throws {RangeError} when a batch does not count exactly these terms, or counts them with something other than a
 *   number from 0.
 */
export function totalCounts(batches: readonly Pick<MicroBatch, 'counts'>[], terms: readonly string[]): Counts {
  const totals = new Map(terms.map((term) => [term, 0]));
  for (const { counts } of batches) {
    const counted = Object.keys(counts).sort();
    if (counted.join() !== terms.join()) {
      throw new RangeError(`train: expected a batch with counts of ${shown(terms)}, got ${shown(counted)}`);
    }
    for (const [term, count] of Object.entries(counts)) {
      if (!(count >= 0 && count < Number.POSITIVE_INFINITY)) {
        throw new RangeError(`train: expected a count of ${term} from 0, got ${count}`);
      }
      totals.set(term, (totals.get(term) ?? 0) + count);
    }
  }
  return Object.fromEntries(totals);
}

const shown = (terms: readonly string[]): string => terms.join(', ') || 'nothing';
