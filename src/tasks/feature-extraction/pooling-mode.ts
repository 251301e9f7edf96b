import type { PoolingName } from '../../nn/index.ts';

/** How the vectors of a text's tokens become one, and what sentence-transformers calls it. */
interface PoolingRow {
  readonly pooling: PoolingName;
  /** `pooling_mode` of `1_Pooling/config.json`. */
  readonly mode: string;
  /** The flag that older versions have instead. */
  readonly flag: string;
}

/** Every pooling of sentence vectors, by the names of transformers.js; `max` is ours. */
export const poolingModes = {
  mean: { pooling: 'mean', mode: 'mean', flag: 'pooling_mode_mean_tokens' },
  cls: { pooling: 'first', mode: 'cls', flag: 'pooling_mode_cls_token' },
  max: { pooling: 'max', mode: 'max', flag: 'pooling_mode_max_tokens' },
  last_token: { pooling: 'last', mode: 'lasttoken', flag: 'pooling_mode_lasttoken' },
} as const satisfies Readonly<Record<string, PoolingRow>>;

/** A pooling of sentence vectors. */
export type PoolingMode = keyof typeof poolingModes;

/** The names of all poolings. */
export const poolingModeNames = Object.keys(poolingModes) as readonly PoolingMode[];

/** Other names of transformers.js. */
export const poolingAliases = { first_token: 'cls', eos: 'last_token' } as const satisfies Readonly<
  Record<string, PoolingMode>
>;

/** The flags of poolings that Heddle does not have, so that a folder with one of them is refused. */
export const otherPoolingFlags = ['pooling_mode_mean_sqrt_len_tokens', 'pooling_mode_weightedmean_tokens'] as const;
