import * as z from 'zod';
import { type PoolingName, poolings } from '../../../nn/index.ts';
import { derived } from '../../derived-field.ts';

/** The kinds of a classifier's outputs, by Transformers' names. */
export const problemTypes = ['single_label_classification', 'multi_label_classification', 'regression'] as const;

/** What labels are, by Transformers’ names. */
export type ProblemType = (typeof problemTypes)[number];

/** Dropout before a head's layer; null means none. */
export const classifierDropout = z.number().min(0).lt(1).nullable().default(0.1);

/** Standard deviation of the initial weights of heads over Heddle's own encoders, as BERT's. */
export const headDeviation = 0.02;

/** The fields that name a head's labels. */
export const labelShape = {
  num_labels: derived(z.int().min(1).optional(), 'number of labels'),
  id2label: derived(z.record(z.string(), z.string()).optional(), 'the label of every id'),
  label2id: derived(z.record(z.string(), z.int()).optional(), 'the id of every label'),
};

type LabelFields = z.output<z.ZodObject<typeof labelShape>>;

/** The fields that say what a text's labels are. */
export const problemShape = {
  problem_type: z
    .enum(problemTypes)
    .optional()
    .describe(
      'one label, any number of labels, or a number; by default one label, and a number if there is only one output',
    ),
  ...labelShape,
};

const fields = {
  pooling: z
    .enum(Object.keys(poolings) as PoolingName[])
    .default('mean')
    .describe(
      'how the token vectors of a text become one: mean, maximum, first, last, or a mean weighted by attention',
    ),
  classifier_dropout: classifierDropout.describe('dropout of the text’s vector; null means none'),
  ...problemShape,
};

/** Refuses fields of labels that disagree, labels that are equal, and ids with gaps. */
export function checkLabels(config: LabelFields, context: z.RefinementCtx): void {
  const wrong = (field: keyof typeof labelShape, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });
  const names = labelNames(config);
  if (config.id2label && names.some((name) => name === undefined)) {
    const ids = Object.keys(config.id2label).join(', ');
    wrong('id2label', `expected the ids 0 … ${names.length - 1}, got ${ids || 'none'}`);
    return;
  }
  if (new Set(names).size < names.length) wrong('id2label', 'expected different labels, got a duplicate');
  const { num_labels: count, label2id } = config;
  if (count !== undefined && count !== names.length) {
    wrong('num_labels', `expected ${names.length}, the labels of id2label, got ${count}`);
  }
  const isInverse = Object.entries(label2id ?? {}).every(([label, id]) => names[id] === label);
  // zod drops the key `__proto__` from every record.
  const wanted = names.filter((name) => name !== '__proto__').length;
  if (label2id && !(isInverse && Object.keys(label2id).length === wanted)) {
    wrong('label2id', `expected the inverse of id2label, got ${config.id2label ? 'another mapping' : 'no id2label'}`);
  }
}

/**
 * The fields of `config.json` that a head over a text's vector has: Transformers' names, and `pooling`, which is ours.
 * Without `id2label` labels are `LABEL_0`, `LABEL_1`, …, and without `num_labels` there are two, as in Transformers.
 */
export const classifierFields = z.strictObject(fields).superRefine(checkLabels);

/** The same as a schema. */
export const labelledFields = z.strictObject(problemShape).superRefine(checkLabels);

export type LabelledFields = z.output<typeof labelledFields>;

export type ClassifierFields = z.output<typeof classifierFields>;

/** The kind of a configuration's outputs; by default one output is a number, as in Transformers. */
export const problemTypeOf = (
  config: Pick<ClassifierFields, 'problem_type' | 'id2label' | 'num_labels'>,
): ProblemType =>
  config.problem_type ?? (labelNames(config).length === 1 ? 'regression' : 'single_label_classification');

/** The labels of a configuration in the order of their ids. */
export function labelNames({ id2label, num_labels = 2 }: Pick<LabelFields, 'id2label' | 'num_labels'>): string[] {
  if (!id2label) return Array.from({ length: num_labels }, (_, id) => `LABEL_${id}`);
  return Array.from({ length: Object.keys(id2label).length }, (_, id) => id2label[id]);
}

/** What a configuration says about labels, in the order of their ids. */
export const labelFields = (names: readonly string[]) => ({
  num_labels: names.length,
  id2label: Object.fromEntries(names.map((name, id) => [id, name])),
  label2id: Object.fromEntries(names.map((name, id) => [name, id])),
});
