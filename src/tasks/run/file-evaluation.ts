import { performance } from 'node:perf_hooks';
import { InputError } from '../../io/error.ts';
import type { LoadedModel } from '../../models/folder/load.ts';
import type { Backend } from '../../runtime/backend.ts';
import { SharedWeights } from '../../runtime/shared-weights.ts';
import { refuseDivergedLoss } from '../../train/run/finite.ts';
import { refuseTextOptions } from '../model/evaluation-option.ts';
import type { ModelSource } from '../platform/platform.ts';
import { parseSetting, type Setting } from '../recipe/setting.ts';
import type { EvaluateCall, Evaluation, Scores, TaskRow } from '../task.ts';
import { type Evaluator, withPrefix } from './evaluator.ts';
import type { SampledSet } from './task-run.ts';

/** A file as a model reads it, and what scores the model on it. */
export interface ReadSet<S extends SampledSet> {
  readonly model: Pick<LoadedModel, 'parameters'>;
  readonly set: S;
  evaluator(engine: SharedWeights): Promise<Evaluator<S>>;
  /** Reasons to doubt the numbers, one line each. */
  readonly notes: readonly string[];
}

/** The result of an evaluation that began at `start` on `count` examples. */
export const evaluationOf = (
  start: number,
  scores: Scores,
  count: number,
  rest: Omit<Evaluation, 'metrics'>,
): Evaluation => ({
  metrics: {
    ...withPrefix('eval', scores),
    eval_samples: count,
    eval_runtime: (performance.now() - start) / 1000,
  },
  ...rest,
});

/**
 * `heddle evaluate` for a task whose data are one file. It throws an {@link InputError} when the model, a setting or the
 * file cannot be used.
 *
 * @param what what the file is: `table`.
 * @param read reads the model's folder and the file, and the others that a task of several files takes.
 * @param most the most files.
 */
export const fileEvaluation =
  <S extends SampledSet>(
    task: string,
    what: string,
    read: (
      source: ModelSource,
      file: string,
      settings: readonly Setting[],
      others: readonly string[],
    ) => Promise<ReadSet<S>>,
    most = 1,
  ): TaskRow['evaluate'] =>
  async (source, call: EvaluateCall) => {
    const start = performance.now();
    const [file, ...others] = call.data;
    refuseTextOptions(task, call);
    if (call.data.length > most)
      throw new InputError(`evaluate --data: expected one ${what}, got ${call.data.length} files`);
    const { model, set, evaluator, notes } = await read(source, file, call.settings.map(parseSetting), others);
    const scores = await scoresOf(set, model.parameters, evaluator, source.backend);
    refuseDivergedLoss('evaluate', 'eval_loss', scores.loss);
    return evaluationOf(start, scores, set.samples, { notes });
  };

async function scoresOf<S extends SampledSet>(
  set: S,
  parameters: LoadedModel['parameters'],
  make: ReadSet<S>['evaluator'],
  backend: Backend,
): Promise<Scores> {
  const weights = new SharedWeights(backend, parameters);
  try {
    const evaluator = await make(weights);
    return await evaluator.score(set, { weights: parameters, isFinal: true }).finally(() => evaluator.dispose());
  } finally {
    await weights.dispose();
  }
}
