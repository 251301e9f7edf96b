import { linear, normal, zeros } from '../../nn/index.ts';
import type { Body } from '../body/body.ts';
import { bodyPart } from './base.ts';
import type { HeadRow } from './head-row.ts';
import type { PairJudgement } from './pre-training.ts';
import { classLabels, classTerm } from './terms/class-term.ts';

/** Label 0: the second text follows the first; 1: it is another. */
const relations = 2;

interface Config {
  readonly initializer_range: number;
}

/** Whether the second text follows the first, by the layer `cls.seq_relationship` over `pooler_output`. */
export const nextSentence = ({ initializer_range: deviation }: Config, { width }: Body): PairJudgement => ({
  output: 'seq_relationship_logits',
  labels: classLabels('next_sentence_label', relations),
  logits: (root, { body }) =>
    root.layer('cls.seq_relationship', (at) => {
      const size = { inFeatures: width, outFeatures: relations, part: 'head' } as const;
      const initial = { weightInitializer: normal(0, deviation), biasInitializer: zeros };
      return linear(at, { ...size, ...initial }, body.pooler_output);
    }),
});

/**
 * A model that judges whether the second of two texts follows the first.
 *
 * Source: Devlin et al. 2019, section 3.1; transformers 5.24.0 modeling_bert.py, BertForNextSentencePrediction.
 */
export const nextSentenceHead = <C extends Config>(architecture: string): HeadRow<C, 'next-sentence-prediction'> => ({
  architecture,
  role: 'next-sentence-prediction',
  readsPooler: 'only',
  model(body, config) {
    const { logits } = nextSentence(config, body);
    return {
      ...bodyPart(body),
      labelInputs: [classLabels('labels', relations)],
      logits,
      outputs: (root, pass) => ({ logits: logits(root, pass) }),
      terms: [classTerm('labels', logits)],
    };
  },
});
