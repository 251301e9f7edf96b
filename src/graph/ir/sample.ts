import type { DType } from './dtype.ts';

/** What the generated suite feeds to one input. Values are drawn from `range` ([−1, 1]), or given. */
export interface SampleInput {
  readonly shape: readonly number[];
  readonly dtype?: DType;
  readonly range?: readonly [number, number];
  readonly values?: readonly number[];
}

/** A sample as an op's author writes it: inputs by name, and attributes where the op has any. */
export type Sample<N extends string, A> = { readonly [K in N]: SampleInput } & (void extends A
  ? { readonly attributes?: undefined }
  : { readonly attributes: A });

/** A sample with its inputs in order. */
export interface ListSample<A> {
  readonly inputs: readonly SampleInput[];
  readonly attributes: A;
}

/** Samples with their inputs in order. */
export const listSamples = <N extends string, A>(
  names: readonly N[],
  samples: readonly Sample<N, A>[],
): readonly ListSample<A>[] =>
  samples.map((sample) => ({ inputs: names.map((name) => sample[name]), attributes: sample.attributes as A }));
