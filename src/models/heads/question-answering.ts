import * as z from 'zod';
import { mul, reshape, type Tensor } from '../../graph/index.ts';
import { linear, normal, type Scope, zeros } from '../../nn/index.ts';
import { slice } from '../../ops/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import { ignoredLabel } from '../inputs/checked-inputs.ts';
import type { InputSpec } from '../inputs/input-spec.ts';
import { bodyPart } from './base.ts';
import { checkLabels, labelNames, labelShape } from './fields/classifier-fields.ts';
import type { HeadRow } from './head-row.ts';
import { classLossSum, countLabels } from './terms/class-term.ts';
import { type Pass, scaled, type Term } from './terms/term.ts';

/** The two outputs: the first and the last token of the answer. */
const ends = ['start', 'end'] as const;
type End = (typeof ends)[number];

/** The fields that name the outputs; there are always two. */
const spanFields = z.strictObject(labelShape).superRefine((config, context) => {
  checkLabels(config, context);
  const { length } = labelNames(config);
  const message = `expected 2, the start and the end of an answer, got ${length}`;
  if (length !== ends.length) context.addIssue({ code: 'custom', path: ['num_labels'], message });
});

/** A position in every text, int32 [batch]; any number. */
const positions = (end: End): InputSpec => ({
  name: `${end}_positions`,
  dtype: 'int32',
  shape: ['batch'],
  absent: 'refused',
});

/** As labels of so many tokens: a position after the last token is ignored, one before the first is the first. */
function clamped({ data, shape }: HostTensor, time: number): HostTensor {
  const labels = (data as Int32Array).map((at) => (at >= time ? ignoredLabel : Math.max(at, 0)));
  return { type: 'int32', shape, data: labels };
}

/** The loss is the mean of both ends, each over its own positions. */
const endTerm = (end: End, logits: (root: Scope, pass: Pass) => Tensor): Term => {
  const { name } = positions(end);
  return {
    name,
    feeds({ [name]: given, input_ids, decoder_input_ids: read = input_ids }) {
      const labels = clamped(given, read.shape[1]);
      return { feeds: { [name]: labels }, count: countLabels(labels) };
    },
    sum: (root, pass, options) => scaled(name, mul(classLossSum(name, logits(root, pass), options), 1 / ends.length)),
  };
};

/** The scores of every token as the first and as the last of the answer, [B, T, count]; `count` is 2. */
export type SpanScores = (root: Scope, pass: Pass, count: number) => Tensor;

/** A model that finds an answer in a text, by scores that the family describes. */
export const scoredSpanHead = <C>(
  architecture: string,
  scoresOf: (config: C) => SpanScores,
): HeadRow<C, 'question-answering'> => ({
  architecture,
  role: 'question-answering',
  fields: spanFields,
  model(body, config) {
    const both = scoresOf(config);
    const logitsOf = (end: End) => (root: Scope, pass: Pass) => {
      const scores = both(root, pass, ends.length);
      const start = ends.indexOf(end);
      const column = slice(scores, { axis: 2, start, end: start + 1 });
      return reshape(column, { shape: scores.shape.slice(0, 2) });
    };
    const [startLogits, endLogits] = ends.map(logitsOf);
    return {
      ...bodyPart(body),
      labelInputs: ends.map(positions),
      startLogits,
      endLogits,
      outputs: (root, pass) => ({ start_logits: startLogits(root, pass), end_logits: endLogits(root, pass) }),
      terms: ends.map((end) => endTerm(end, logitsOf(end))),
    };
  },
});

/**
 * A model that finds an answer in a text: scores of every token as its first and as its last, by the layer `qa_outputs`.
 *
 * Source: Devlin et al. 2019, section 4.2; transformers 5.24.0 modeling_bert.py, BertForQuestionAnswering: positions are
 * clamped to 0 … time, and those at time are ignored.
 * @param deviationOf standard deviation of the initial weights.
 */
export const spanHead = <C>(
  architecture: string,
  deviationOf: (config: C) => number,
): HeadRow<C, 'question-answering'> =>
  scoredSpanHead<C>(architecture, (config) => (root, { body: { last_hidden_state: hidden } }, count) => {
    const initial = { weightInitializer: normal(0, deviationOf(config)), biasInitializer: zeros };
    const size = { inFeatures: Number(hidden.shape[2]), outFeatures: count, part: 'head' } as const;
    return root.layer('qa_outputs', (at) => linear(at, { ...size, ...initial }, hidden));
  });

/** The same for families that name the standard deviation of all initial weights. */
export const questionAnsweringHead = <C extends { readonly initializer_range: number }>(
  architecture: string,
): HeadRow<C, 'question-answering'> => spanHead(architecture, (config: C) => config.initializer_range);
