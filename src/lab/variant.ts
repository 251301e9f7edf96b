import { inLanes } from '../runtime/queue/in-lanes.ts';

/**
 * Does the same work for every variant, `together` of them at a time, and reports the share done.
 *
 * @throws whatever the work of a variant throws; no further variant starts.
 */
export async function forEachVariant<V, R>(
  variants: readonly V[],
  work: (variant: V, report: (share: number) => void) => Promise<R>,
  report: (share: number, variant: V) => void,
  together = 2,
): Promise<ReadonlyMap<V, R>> {
  const shares = variants.map(() => 0);
  const results = new Map<V, R>();
  const lanes = Array.from({ length: together }, (_, lane) => lane);
  await inLanes(lanes, variants.entries(), async ([index, variant]) => {
    const reportShare = (share: number): void => {
      shares[index] = share;
      report(shares.reduce((sum, one) => sum + one, 0) / variants.length, variant);
    };
    results.set(variant, await work(variant, reportShare));
    reportShare(1);
  });
  return new Map(variants.map((variant) => [variant, results.get(variant) as R]));
}
