import { add, constantTensor, mul, reshape, type Tensor } from '../../../graph/index.ts';
import { InputError } from '../../../io/error.ts';
import { activation, layerNorm, linear, normal, type Scope, zeros } from '../../../nn/index.ts';
import { and, argmax, cast, equal, less, not, range, sub } from '../../../ops/index.ts';
import type { HostTensor } from '../../../runtime/backend.ts';
import { type DenseClassifier, firstTokenClassificationHead } from '../../heads/dense-classification.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { type SpanScores, scoredSpanHead } from '../../heads/question-answering.ts';
import type { ReadInput } from '../../inputs/input-spec.ts';
import { bertClasses, classifierOf } from '../bert/heads.ts';
import type { BigBirdConfig } from './config.ts';

const initialOf = ({ initializer_range: deviation }: BigBirdConfig) =>
  ({ weightInitializer: normal(0, deviation), biasInitializer: zeros }) as const;

/** A linear layer of a head. [..., I] → [..., O]. */
function dense(root: Scope, at: string, config: BigBirdConfig, x: Tensor, outFeatures: number): Tensor {
  const size = { inFeatures: Number(x.shape[x.rank - 1]), outFeatures, part: 'head' } as const;
  return root.layer(at, (scope) => linear(scope, { ...size, ...initialOf(config) }, x));
}

/** Source: transformers 5.24.0 modeling_big_bird.py, BigBirdClassificationHead. */
function classifierLayersOf(config: BigBirdConfig): DenseClassifier {
  const { dropout, deviation } = classifierOf(config);
  const paths = { dense: 'classifier.dense', out: 'classifier.out_proj' };
  return { ...paths, activation: config.hidden_act, dropouts: { dense: dropout, out: dropout }, deviation };
}

/** Where the question ends: the place of the first separator of each text, 0 if there is none. int32 [B, 1]. */
function questionEnd(ids: Tensor, separator: number): Tensor {
  const isSeparator = cast(equal(ids, constantTensor(separator, [], 'int32')), { dtype: 'float' });
  return reshape(argmax(isSeparator), { shape: [ids.shape[0], 1] });
}

/** 1 for tokens of the question but the first, with its separator: an answer does not start or end there. float [B, T, 1]. */
function questionMask(ids: Tensor, separator: number): Tensor {
  const [batch, time] = ids.shape;
  const places = reshape(range({ size: time }), { shape: [1, time] });
  const isInQuestion = not(less(questionEnd(ids, separator), places));
  const isNotFirst = less(constantTensor(0, [], 'int32'), places);
  return reshape(cast(and(isInQuestion, isNotFirst), { dtype: 'float' }), { shape: [batch, time, 1] });
}

/** 0 for the question with its separator, 1 for what follows. int32 [B, T]. */
const questionTypes =
  (separator: number) =>
  (read: ReadInput): HostTensor => {
    const { shape, data } = read('input_ids') ?? { shape: [0, 0], data: new Int32Array() };
    const [rows = 0, time = 0] = shape;
    const ends = Array.from({ length: rows }, (_, row) =>
      Math.max(0, (data as Int32Array).subarray(row * time, (row + 1) * time).indexOf(separator)),
    );
    const types = Int32Array.from({ length: data.length }, (_, i) =>
      Number(i % time > (ends[Math.floor(i / time)] ?? 0)),
    );
    return { type: 'int32', shape, data: types };
  };

/** What is subtracted from the scores of the question's tokens. */
const forbidden = 1e6;

function separatorOf({ sep_token_id: separator }: BigBirdConfig): number {
  if (separator !== null) return separator;
  throw new InputError('big_bird: sep_token_id: expected the token that ends a question, got none');
}

/** Source: transformers 5.24.0 modeling_big_bird.py, BigBirdForQuestionAnsweringHead. */
const spanScores =
  (config: BigBirdConfig): SpanScores =>
  (root, { given, body: { last_hidden_state: hidden } }, count) => {
    const { hidden_size: width, hidden_dropout_prob: dropout, layer_norm_eps: eps } = config;
    const at = (path: string) => `qa_classifier.${path}`;
    const dropped = root.at(at('intermediate')).dropout(hidden, dropout);
    const inner = dense(root, at('intermediate.dense'), config, dropped, config.intermediate_size);
    const outer = dense(root, at('output.dense'), config, activation(config.hidden_act)(inner), width);
    const sum = add(root.at(at('output')).dropout(outer, dropout), hidden);
    const normed = root.layer(at('output.LayerNorm'), (scope) => layerNorm(scope, { width, eps }, sum));
    const scores = dense(root, at('qa_outputs'), config, normed, count);
    return sub(scores, mul(questionMask(given.input_ids, separatorOf(config)), forbidden));
  };

/** A head that finds answers. Without types of tokens, those of the question are 0 and all others 1. */
function answeringHead(architecture: string): HeadRow<BigBirdConfig, 'question-answering'> {
  const head = scoredSpanHead(architecture, spanScores);
  return {
    ...head,
    model(body, config) {
      const model = head.model(body, config);
      const absent = questionTypes(separatorOf(config));
      const inputs = model.inputs.map((spec) => (spec.name === 'token_type_ids' ? { ...spec, absent } : spec));
      return { ...model, inputs };
    },
  };
}

/** The pooler of a class that has one and never reads it. */
function withUnreadPooler(head: HeadRow<BigBirdConfig>): HeadRow<BigBirdConfig> {
  return {
    ...head,
    model(body, config) {
      const model = head.model(body, config);
      const { hidden_size: width } = config;
      const { weightInitializer, biasInitializer } = initialOf(config);
      return {
        ...model,
        unread(root) {
          const pooler = root.at('bert.pooler');
          pooler.parameter('weight', [width, width], weightInitializer, { part: 'pooler' });
          pooler.parameter('bias', [width], biasInitializer, { part: 'bias' });
          model.unread?.(root);
        },
      };
    },
  };
}

/** Those of BERT's classes that BigBird has. */
const { base, preTraining, maskedLm, tokens } = bertClasses<BigBirdConfig>('BigBird');

/** BigBird's classes. Three of them have a pooler that nothing reads; the one for answers has none. */
export const bigBirdHeads: readonly HeadRow<BigBirdConfig>[] = [
  base,
  preTraining,
  withUnreadPooler(maskedLm),
  withUnreadPooler(firstTokenClassificationHead<BigBirdConfig>('BigBirdForSequenceClassification', classifierLayersOf)),
  withUnreadPooler(tokens),
  answeringHead('BigBirdForQuestionAnswering'),
];
