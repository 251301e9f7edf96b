import { performance } from 'node:perf_hooks';
import * as z from 'zod';
import { InputError } from '../../io/error.ts';
import { inRole } from '../../models/families/check-config.ts';
import { loadModel } from '../../models/folder/load.ts';
import type { ProblemType } from '../../models/heads/classifier-fields.ts';
import { SharedWeights } from '../../runtime/shared-weights.ts';
import { loadTokenizers } from '../folder/tokenizer-folder.ts';
import { evaluationOptions, refuseTextOptions } from '../model/evaluation-option.ts';
import { mergedNotes } from '../model/label-form.ts';
import type { ModelSource } from '../platform/platform.ts';
import { labelledData, labelledLayout } from '../recipe/data.ts';
import { layoutOf } from '../recipe/layout.ts';
import { parseSetting } from '../recipe/setting.ts';
import { withPrefix } from '../scored-set.ts';
import type { EvaluateCall, Evaluation } from '../task.ts';
import { Classifier } from './classifier.ts';
import { encodeLabelled } from './data.ts';
import { classificationProblems } from './problems.ts';
import { labelledScores } from './score.ts';

/** Tokens in a batch, padding included. */
const tokensInBatch = 4096;

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
 *
 * @throws {InputError} when the model, a setting or the file cannot be used, or the model does not have a label.
 */
export async function evaluateLabelledFile(source: ModelSource, call: EvaluateCall): Promise<Evaluation> {
  const start = performance.now();
  const { data: files, settings } = call;
  refuseTextOptions('text-classification', call);
  if (files.length > 1) throw new InputError(`evaluate --data: expected one table, got ${files.length} files`);
  const [file] = files;
  const model = inRole(await loadModel(source.folder), 'sequence-classification', source.folder.name);
  const { problemType } = model.model;
  const chosen = await evaluationOptions(source.folder, settings.map(parseSetting), form(file, problemType));
  const { label_separator, max_unpacked_bytes, ...layout } = chosen.data;
  const problem = classificationProblems[problemType];
  const text = await problem.read('', { ...layout, file }, { label_separator, max_unpacked_bytes });
  const { source: tokenizer } = await loadTokenizers(source.folder, source);
  const { maxTokens, padTokenId } = model.tokens;
  const set = encodeLabelled(text, problem, model.model.labels, tokenizer, maxTokens);
  const weights = new SharedWeights(source.backend, model.parameters);
  const classifier = await Classifier.make(model.model, weights, { padTokenId, maxTokens: tokensInBatch });
  const logits = await classifier.logits(set.ids).finally(async () => {
    await classifier.dispose();
    await weights.dispose();
  });
  const scores = labelledScores(model.model, logits, set.targets);
  return {
    metrics: {
      ...withPrefix('eval', scores),
      eval_samples: set.ids.length,
      eval_runtime: (performance.now() - start) / 1000,
    },
    notes: [
      ...text.notes,
      ...mergedNotes('labels', text.labels.flat()),
      ...(set.truncated ? [`${set.truncated} texts are cut to ${maxTokens} tokens`] : []),
      ...(set.empty ? [`${set.empty} texts are empty`] : []),
    ],
  };
}
