import type { Tensor } from '../../graph/index.ts';
import { linear, normal, type Scope, zeros } from '../../nn/index.ts';
import type { Body } from '../body/body.ts';
import { bodyPart } from './base.ts';
import { classLabels, classTerm } from './class-term.ts';
import type { HeadRow } from './head-row.ts';
import type { Pass } from './term.ts';

/** Label 0: the second text follows the first; 1: it is another. */
const relations = 2;

/** Scores of whether the second text follows the first: the layer `cls.seq_relationship` over `pooler_output`. [B, 2]. */
export const nextSentenceLogits =
  ({ width }: Body, deviation: number) =>
  (root: Scope, { body }: Pass): Tensor =>
    root.layer('cls.seq_relationship', (at) => {
      const size = { inFeatures: width, outFeatures: relations, part: 'head' } as const;
      const initial = { weightInitializer: normal(0, deviation), biasInitializer: zeros };
      return linear(at, { ...size, ...initial }, body.pooler_output);
    });

/** The labels of the next sentence, 0 or 1. */
export const nextSentenceLabels = (name: string) => classLabels(name, relations);

/**
 * A model that judges whether the second of two texts follows the first.
 *
 * Source: Devlin et al. 2019, section 3.1; transformers 5.24.0 modeling_bert.py, BertForNextSentencePrediction.
 */
export const nextSentenceHead = <C extends { readonly initializer_range: number }>(
  architecture: string,
): HeadRow<C, 'next-sentence-prediction'> => ({
  architecture,
  role: 'next-sentence-prediction',
  readsPooler: 'only',
  model(body, config) {
    const logits = nextSentenceLogits(body, config.initializer_range);
    return {
      ...bodyPart(body),
      labelInputs: [nextSentenceLabels('labels')],
      logits,
      outputs: (root, pass) => ({ logits: logits(root, pass) }),
      terms: [classTerm('labels', logits)],
    };
  },
});
