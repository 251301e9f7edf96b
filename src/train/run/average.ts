import { reportAll } from '../../io/error.ts';

/** Parameters by name. */
export type Weights = ReadonlyMap<string, Float32Array>;

/**
 * The mean of the parameters of several checkpoints, summed in float64 and rounded once. Reads one checkpoint at a
 * time, so a generator need not hold more than one.
 *
 * @throws {InputError} when a checkpoint's parameters differ from the first one's; lists every difference.
 * @throws {RangeError} when there is no checkpoint.
 */
export async function averageWeights(
  checkpoints: Iterable<Weights> | AsyncIterable<Weights>,
): Promise<Map<string, Float32Array>> {
  const sums = new Map<string, Float64Array>();
  let count = 0;
  for await (const weights of checkpoints) {
    if (count++ === 0) for (const [name, data] of weights) sums.set(name, new Float64Array(data.length));
    checkSame(sums, weights, count);
    for (const [name, sum] of sums) {
      const data = weights.get(name)!;
      for (let i = 0; i < sum.length; i++) sum[i]! += data[i]!;
    }
  }
  if (count === 0) throw new RangeError('average: expected at least one checkpoint, got none');
  return new Map([...sums].map(([name, sum]) => [name, Float32Array.from(sum, (x) => x / count)]));
}

function checkSame(expected: ReadonlyMap<string, Float64Array>, found: Weights, number: number): void {
  const violations: string[] = [];
  for (const [name, { length }] of expected) {
    const size = found.get(name)?.length;
    if (size === undefined) violations.push(`${name} is missing`);
    else if (size !== length) violations.push(`${name} must have ${length} elements, got ${size}`);
  }
  for (const name of found.keys()) if (!expected.has(name)) violations.push(`${name} is not in the first`);
  if (violations.length) throw reportAll(`average: checkpoint ${number} differs from the first`, violations);
}
