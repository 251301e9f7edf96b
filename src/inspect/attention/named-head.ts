import { type AttentionMap, type HeadWeights, meanWeights } from './attention-map.ts';
import { attentionRollout } from './attention-rollout.ts';

/** A head, or what sums up all of them. */
export interface NamedHead {
  /** `mean`, `rollout`, or layer and head from 0. */
  readonly key: string;
  readonly name: string;
  readonly weights: HeadWeights;
}

/** Sums up the heads of all layers. */
export interface Summary {
  readonly key: string;
  readonly name: string;
  of(layers: AttentionMap['layers']): HeadWeights;
}

export const meanOfHeads: Summary = {
  key: 'mean',
  name: 'mean of all heads',
  of: (layers) => meanWeights(layers.flat()),
};

export const rollout: Summary = { key: 'rollout', name: 'attention rollout', of: attentionRollout };

/** The summaries of a map, and every head; a single head alone. */
export function namedHeads({ layers }: AttentionMap, summaries: readonly Summary[]): NamedHead[] {
  const heads = layers.flatMap((row, layer) =>
    row.map((weights, at) => ({ key: `${layer}-${at}`, name: `layer ${layer + 1} · head ${at + 1}`, weights })),
  );
  if (heads.length === 1) return heads;
  return [...summaries.map(({ key, name, of }) => ({ key, name, weights: of(layers) })), ...heads];
}
