import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import { inRole } from '../../models/family.ts';
import { loadModel } from '../../models/load.ts';
import { readHeddleFile } from '../folder/heddle-file.ts';
import { loadTokenizers } from '../folder/tokenizer-folder.ts';
import type { ModelSource } from '../platform/platform.ts';
import { labelledTable } from '../recipe/data.ts';
import { parseSetting, withSetting } from '../recipe/setting.ts';
import type { EvaluateCall, Evaluation } from '../task.ts';
import { refuseTextOptions } from '../verbs/evaluate-option.ts';
import { withPrefix } from '../verbs/scored-set.ts';
import { Classifier } from './classifier.ts';
import { encodeLabelled } from './data.ts';
import { classificationProblems } from './problems.ts';
import { labelledScores } from './score.ts';

/** Tokens in a batch, padding counted. */
const tokensInBatch = 4096;

const settable = z.strictObject({
  data: labelledTable
    .omit({ file: true })
    .partial()
    .extend({ label_separator: z.string().min(1).optional() })
    .optional(),
});

const trainedOn = z.looseObject({
  data: z.looseObject({
    train: z.looseObject({}),
    validation: z.looseObject({}).optional(),
    test: z.looseObject({}).optional(),
    label_separator: z.string().optional(),
  }),
});

/** How the data of the model's recipe are laid out, the test set's first: other data are likely to be so too. */
async function usualLayout(folder: Folder): Promise<Record<string, unknown>> {
  const { data } = trainedOn.safeParse((await readHeddleFile(folder))?.recipe).data ?? {};
  if (!data) return {};
  const { columns, header } = data.test ?? data.validation ?? data.train;
  const { label_separator } = data;
  return {
    ...(columns !== undefined && { columns }),
    ...(header !== undefined && { header }),
    ...(label_separator && { label_separator }),
  };
}

/**
 * Scores a classifier on a table. Its columns are those of the model's recipe, or what `data.columns.text=…` and the like
 * say, or the first two.
 *
 * @throws {InputError} when the model, a setting or the file cannot be used, or a label is none of the model's.
 */
export async function evaluateLabelledFile(source: ModelSource, call: EvaluateCall): Promise<Evaluation> {
  const start = performance.now();
  const { data: files, settings } = call;
  refuseTextOptions('text-classification', call);
  if (files.length > 1) throw new InputError(`evaluate --data: expected one table, got ${files.length} files`);
  const told = settings.map(parseSetting).reduce<unknown>(withSetting, {});
  const { data: chosen = {} } = check(settable, told, '--set');
  const model = inRole(await loadModel(source.folder), 'sequence-classification', source.folder.name);
  const { label_separator, ...layout } = { ...(await usualLayout(source.folder)), ...chosen };
  const entry = check(labelledTable, { ...layout, file: files[0] }, 'evaluate --data');
  const problem = classificationProblems[model.model.problemType];
  const text = await problem.read('', entry, label_separator as string | undefined);
  const { source: tokenizer } = await loadTokenizers(source.folder);
  const { maxTokens, padTokenId } = model.tokens;
  const set = encodeLabelled(text, problem, model.model.labels, tokenizer, maxTokens);
  const classifier = await Classifier.make(model.model, source.backend, model.parameters);
  const options = { padTokenId, maxTokens: tokensInBatch };
  const logits = await classifier.logits(set.ids, options).finally(() => classifier.dispose());
  const scores = labelledScores(model.model, logits, set.targets);
  return {
    metrics: {
      ...withPrefix('eval', scores),
      eval_samples: set.ids.length,
      eval_runtime: (performance.now() - start) / 1000,
    },
    notes: [
      ...(set.truncated ? [`${set.truncated} of the texts are cut to ${maxTokens} tokens`] : []),
      ...(set.empty ? [`${set.empty} of the texts are empty`] : []),
    ],
  };
}
