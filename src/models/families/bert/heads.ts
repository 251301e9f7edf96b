import type { Body } from '../../body/body.ts';
import { baseHead } from '../../heads/base.ts';
import type { DenseClassifier } from '../../heads/dense-classification.ts';
import { type TransformedLayer, transformedLayer } from '../../heads/layers/transformed-layer.ts';
import { maskedLmHead } from '../../heads/masked-lm.ts';
import { nextSentence, nextSentenceHead } from '../../heads/next-sentence.ts';
import { preTrainingHead } from '../../heads/pre-training.ts';
import { questionAnsweringHead } from '../../heads/question-answering.ts';
import { pooledClassificationHead } from '../../heads/sequence-classification.ts';
import type { OutputLayer } from '../../heads/terms/token-term.ts';
import { taggingHead } from '../../heads/token-classification.ts';
import type { BertConfig } from './config.ts';

/**
 * The output layer over the vocabulary of BERT or of a relative, at the paths of its class.
 *
 * @param activation where it does not depend on `hidden_act`.
 */
export const predictionLayer =
  (paths: Pick<TransformedLayer, 'dense' | 'norm' | 'decoder' | 'bias'>, activation?: string) =>
  (config: BertConfig, body: Body): OutputLayer =>
    transformedLayer(body, {
      ...paths,
      activation: activation ?? config.hidden_act,
      eps: config.layer_norm_eps,
      isTied: config.tie_word_embeddings,
      deviation: config.initializer_range,
    });

const predictions = predictionLayer({
  dense: 'cls.predictions.transform.dense',
  norm: 'cls.predictions.transform.LayerNorm',
  decoder: 'cls.predictions.decoder',
  bias: 'cls.predictions.bias',
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
export const bertClasses = <C extends BertConfig>(name: string) => ({
  base: baseHead<C>(`${name}Model`, { readsPooler: true }),
  preTraining: preTrainingHead<C>(`${name}ForPreTraining`, predictions, nextSentence),
  maskedLm: maskedLmHead<C>(`${name}ForMaskedLM`, predictions),
  nextSentence: nextSentenceHead<C>(`${name}ForNextSentencePrediction`),
  sequence: pooledClassificationHead<C>(`${name}ForSequenceClassification`, classifierOf),
  tokens: taggingHead<C>(`${name}ForTokenClassification`, classifierOf),
  answers: questionAnsweringHead<C>(`${name}ForQuestionAnswering`),
});
