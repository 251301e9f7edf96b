import { activation, type Initializer, layerNorm, linear, normal, type Scope, zeros } from '../../../nn/index.ts';
import type { Body } from '../../body/body.ts';
import { baseHead } from '../../heads/base.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { maskedLmHead } from '../../heads/masked-lm.ts';
import { nextSentenceHead } from '../../heads/next-sentence.ts';
import { preTrainingHead } from '../../heads/pre-training.ts';
import { questionAnsweringHead } from '../../heads/question-answering.ts';
import { pooledClassificationHead } from '../../heads/sequence-classification.ts';
import { taggingHead } from '../../heads/token-classification.ts';
import type { OutputLayer } from '../../heads/token-term.ts';
import type { BertConfig } from './config.ts';

/**
 * The output layer over the vocabulary, `cls.predictions`: a dense layer, activation and norm, then the embedding table
 * and a bias, or with `tie_word_embeddings: false` the layer `decoder`.
 *
 * Source: transformers 5.24.0 modeling_bert.py, BertLMPredictionHead: the bias in use is `decoder.bias`, which is tied to
 * `bias` together with the weight. Otherwise `bias` is in the file, and nothing reads it.
 */
function predictions(config: BertConfig, body: Body): OutputLayer {
  const { hidden_size: width, vocab_size: rows, tie_word_embeddings: isTied } = config;
  const initializer = normal(0, config.initializer_range);
  const at = (root: Scope) => root.at('cls.predictions');
  const bias = (scope: Scope) => scope.parameter('bias', [rows], zeros, { part: 'bias' });
  return {
    rows: (root, hidden) =>
      at(root).layer('transform', (scope) => {
        const size = { inFeatures: width, outFeatures: width, part: 'head' } as const;
        const dense = scope.layer('dense', (to) => linear(to, { ...size, ...initial(initializer) }, hidden));
        const active = activation(config.hidden_act)(dense);
        return scope.layer('LayerNorm', (to) => layerNorm(to, { width, eps: config.layer_norm_eps }, active));
      }),
    head(root) {
      if (isTied) return { weight: body.table(root), bias: bias(at(root)) };
      const decoder = at(root).at('decoder');
      return { weight: decoder.parameter('weight', [rows, width], initializer, { part: 'head' }), bias: bias(decoder) };
    },
    ...(!isTied && { unread: (root) => void bias(at(root)) }),
  };
}

const initial = (weightInitializer: Initializer) => ({ weightInitializer, biasInitializer: zeros });

/** Source: transformers 5.24.0 modeling_bert.py: `classifier_dropout` if it is not None, else `hidden_dropout_prob`. */
const classifierOf = (config: BertConfig) => ({
  dropout: config.classifier_dropout ?? config.hidden_dropout_prob,
  deviation: config.initializer_range,
});

/** The classes of BERT or of a relative, whose names start with `name`. */
export const bertHeads = (name: string): readonly HeadRow<BertConfig>[] => [
  baseHead(`${name}Model`, { readsPooler: true }),
  preTrainingHead(`${name}ForPreTraining`, predictions),
  maskedLmHead(`${name}ForMaskedLM`, predictions),
  nextSentenceHead(`${name}ForNextSentencePrediction`),
  pooledClassificationHead(`${name}ForSequenceClassification`, classifierOf),
  taggingHead(`${name}ForTokenClassification`, classifierOf),
  questionAnsweringHead(`${name}ForQuestionAnswering`),
];
