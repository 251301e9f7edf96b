import { samplePage } from '../../inspect/page/sample-page.ts';
import { InputError } from '../../io/error.ts';
import { keepApart } from '../../io/kept-apart.ts';
import { WholeFile } from '../../io/whole-file.ts';
import { folderTask } from '../folder/folder-task.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { nodePlatform } from '../platform/node.ts';
import { modelSource } from '../platform/platform.ts';
import type { EvaluateCall, Evaluation, Scores } from '../task.ts';
import { taskRow } from '../task-list.ts';

const evaluateOptions: CallOptions = {
  own: {
    data: 'other',
    settings: 'other',
    tokenize: 'other',
    lowercase: 'flag',
    page: 'other',
    engine: 'other',
    dtype: 'other',
    allow_unsafe_patterns: 'flag',
    low_memory: 'flag',
  },
};

/**
 * Scores a model folder on files with the scores of its task, and writes a page of samples if `page` is set:
 * `heddle evaluate`.
 *
 * @throws {InputError} when the model, an option, a setting or a file cannot be used.
 */
export async function evaluateFiles(
  model: string,
  given: Omit<EvaluateCall, 'data'> & { readonly data: readonly string[] },
): Promise<Evaluation> {
  checkCallOptions('evaluate', given, evaluateOptions);
  const {
    data: [first, ...others],
    ...options
  } = given;
  if (first === undefined) throw new InputError('evaluate --data: expected a file, got none');
  const call: EvaluateCall = { data: [first, ...others], ...options };
  const source = modelSource(nodePlatform, model, call);
  const task = await folderTask(source.folder);
  const { evaluate } = taskRow(task);
  if (call.page === undefined) return evaluate(source, call);
  await keepApart('evaluate --page', call.page, [model, ...call.data]);
  const page = await WholeFile.open(call.page);
  try {
    const evaluation = await evaluate(source, call);
    const head = { title: `${model}: ${task}`, facts: facts(evaluation.metrics) };
    await page.write(samplePage(evaluation.samples ?? [], head));
    await page.commit();
    return evaluation;
  } catch (error) {
    await page.discard();
    throw error;
  }
}

/** The numbers for a page's head, without the time that scoring took. */
function facts(metrics: Scores): Record<string, string> {
  const shown = Object.entries(metrics).flatMap(([name, value]): [string, string][] =>
    typeof value === 'number' && name !== 'eval_runtime'
      ? [
          [
            name.replace(/^eval_/, '').replaceAll('_', ' '),
            String(Number.isInteger(value) ? value : Number(value.toPrecision(4))),
          ],
        ]
      : [],
  );
  return Object.fromEntries(shown);
}
