import * as z from 'zod';
import type { ProblemType } from '../../models/heads/fields/classifier-fields.ts';
import { evaluationOptions } from '../model/evaluation-option.ts';
import { mergedNotes } from '../model/label-form.ts';
import { labelledData, labelledLayout } from '../recipe/data.ts';
import { layoutOf } from '../recipe/layout.ts';
import { fileEvaluation } from '../run/file-evaluation.ts';
import { rowEvaluator } from '../run/row-task.ts';
import { classifierTask } from './classifier.ts';
import { encodeLabelled } from './data.ts';
import { loadClassifier } from './loaded-classifier.ts';
import { classificationProblems } from './problems.ts';
import { checkPairs } from './text-pair.ts';

/** The options of an evaluation; a separator only for a model of several labels. */
function form(file: string, problemType: ProblemType) {
  const separates = problemType === 'multi_label_classification';
  const layout = labelledLayout.refine(({ label_separator }) => separates || label_separator === undefined, {
    path: ['label_separator'],
    error: `expected none for a model of problem_type ${problemType}`,
  });
  return {
    recorded: z.looseObject({ data: labelledData }),
    usual: ({ data: { label_separator, ...data } }: { readonly data: z.output<typeof labelledData> }) => ({
      data: layoutOf({ ...data, ...(separates && { label_separator }) }, file),
    }),
    options: z.strictObject({ data: layout.prefault({}) }),
  };
}

/**
 * Scores a classifier on a table. The columns come from settings such as `data.columns.text=…`, else from the model's
 * recipe, else they are the first two.
 */
export const evaluateLabelledFile = fileEvaluation('text-classification', 'table', async (source, file, settings) => {
  const loaded = await loadClassifier(source);
  const { model, tokens } = loaded.model;
  const chosen = await evaluationOptions(source.folder, settings, form(file, model.problemType));
  const { label_separator, max_unpacked_bytes, ...layout } = chosen.data;
  const problem = classificationProblems[model.problemType];
  const text = await problem.read('', { ...layout, file }, { label_separator, max_unpacked_bytes });
  if (text.pairs) checkPairs(source.folder.name, loaded.tokenizer, model);
  const { maxTokens } = tokens;
  const texts = text.pairs ? 'pairs of texts' : 'texts';
  const set = encodeLabelled(text, problem, model.labels, loaded.tokenizer, maxTokens);
  return {
    model: loaded.model,
    set,
    evaluator: (engine) => rowEvaluator(classifierTask, loaded.model, engine),
    notes: [
      ...text.notes,
      ...mergedNotes('labels', text.labels.flat()),
      ...(set.truncated ? [`${set.truncated} ${texts} are cut to ${maxTokens} tokens`] : []),
      ...(set.empty ? [`${set.empty} ${texts} ${text.pairs ? 'have an empty text' : 'are empty'}`] : []),
    ],
  };
});
