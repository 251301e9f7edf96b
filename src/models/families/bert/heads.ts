import type { Body } from '../../body/body.ts';
import { baseHead } from '../../heads/base.ts';
import type { DenseClassifier } from '../../heads/dense-classification.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { transformedLayer } from '../../heads/layers/transformed-layer.ts';
import { maskedLmHead } from '../../heads/masked-lm.ts';
import { nextSentence, nextSentenceHead } from '../../heads/next-sentence.ts';
import { preTrainingHead } from '../../heads/pre-training.ts';
import { questionAnsweringHead } from '../../heads/question-answering.ts';
import { pooledClassificationHead } from '../../heads/sequence-classification.ts';
import type { OutputLayer } from '../../heads/terms/token-term.ts';
import { taggingHead } from '../../heads/token-classification.ts';
import type { BertConfig } from './config.ts';

/** The output layer over the vocabulary, `cls.predictions`. */
const predictions = (config: BertConfig, body: Body): OutputLayer =>
  transformedLayer(body, {
    dense: 'cls.predictions.transform.dense',
    norm: 'cls.predictions.transform.LayerNorm',
    decoder: 'cls.predictions.decoder',
    bias: 'cls.predictions.bias',
    activation: config.hidden_act,
    eps: config.layer_norm_eps,
    isTied: config.tie_word_embeddings,
    deviation: config.initializer_range,
  });

/** Source: transformers 5.24.0 modeling_bert.py: `classifier_dropout` if it is not None, else `hidden_dropout_prob`. */
export const classifierOf = (config: BertConfig) => ({
  dropout: config.classifier_dropout ?? config.hidden_dropout_prob,
  deviation: config.initializer_range,
});

/** The layers `classifier.dense` and `classifier.out_proj` over the first token, which relatives have. */
export function denseClassifierOf(config: BertConfig, activation: string): DenseClassifier {
  const { dropout, deviation } = classifierOf(config);
  const paths = { dense: 'classifier.dense', out: 'classifier.out_proj' };
  return { ...paths, activation, dropouts: { dense: dropout, out: dropout }, deviation };
}

/** The classes of BERT or of a relative, whose names start with `name`. */
export const bertHeads = (name: string): readonly HeadRow<BertConfig>[] => [
  baseHead(`${name}Model`, { readsPooler: true }),
  preTrainingHead(`${name}ForPreTraining`, predictions, nextSentence),
  maskedLmHead(`${name}ForMaskedLM`, predictions),
  nextSentenceHead(`${name}ForNextSentencePrediction`),
  pooledClassificationHead(`${name}ForSequenceClassification`, classifierOf),
  taggingHead(`${name}ForTokenClassification`, classifierOf),
  questionAnsweringHead(`${name}ForQuestionAnswering`),
];
