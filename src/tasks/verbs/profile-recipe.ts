import { cpus } from 'node:os';
import { join } from 'node:path';
import { adviceOn } from '../../inspect/profile/advice.ts';
import { type LayerOf, layersOf } from '../../inspect/profile/layer.ts';
import { type ProfileReport, profilePage } from '../../inspect/profile/profile-page.ts';
import { stepProfile } from '../../inspect/profile/profile-sum.ts';
import type { StepProfile } from '../../inspect/profile/step-profile.ts';
import { type TracedPrograms, traceFile } from '../../inspect/profile/trace-file.ts';
import { InputError } from '../../io/error.ts';
import type { Backend } from '../../runtime/backend.ts';
import { hasOpenVino } from '../../runtime/node/plugin/plugin.ts';
import { completeArguments, updatesOf } from '../../train/complete-arguments.ts';
import { learningRateAt } from '../../train/optimizers/schedule.ts';
import { nodeRandomBytes } from '../../train/random/random-bytes-node.ts';
import { profileFiles, RunFolder } from '../../train/run/run-folder.ts';
import { beginningPlan } from '../../train/update/shard-plan.ts';
import { TrainingSetup } from '../../train/update/training-setup.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { bareRate, squareSize } from '../profile/bare-rate.ts';
import { disturbanceNote, type ProcessorUse, withProcessorUse } from '../profile/disturbance.ts';
import { type MeasuredUpdates, measuredUpdates, warmupUpdates } from '../profile/measured-update.ts';
import { mostUpdates } from '../profile/most-updates.ts';
import { recorderOf } from '../profile/watched-engine.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { TaskRun } from '../task.ts';
import { taskRow } from '../task-list.ts';
import { engineOf, withValuesOfEngine } from './train-recipe.ts';

/** Where and how to profile the training of a recipe. */
export interface ProfileRecipeOptions {
  readonly out: string;
  /** The engine; default: that of the recipe's `train.engine`, else the usual one. */
  readonly backend?: Backend | undefined;
  /** Updates to measure, from 1 to 1000; default 20. */
  readonly updates?: number | undefined;
  /** Receives information for the user. */
  say?(message: string): void;
}

/** A written profile. */
export interface ProfileResult extends ProfileReport {
  /** The page, for a browser. */
  readonly page: string;
  /** The trace, for https://ui.perfetto.dev. */
  readonly trace: string;
}

/** Updates that are measured by default. */
const usualUpdates = 20;

const profileOptions: CallOptions = { own: { out: 'other', backend: 'other', updates: 'other', say: 'other' } };

/** @throws {InputError} for an unknown option, no folder, or a wrong number of updates. */
function checkOptions(options: Partial<ProfileRecipeOptions> | undefined): void {
  checkCallOptions('profileRecipe', options, profileOptions);
  const { out, updates = usualUpdates } = options ?? {};
  if (typeof out !== 'string' || out === '') throw new InputError(`profileRecipe: out: expected a folder, got ${out}`);
  if (Number.isInteger(updates) && updates >= 1 && updates <= mostUpdates) return;
  throw new InputError(`profileRecipe: updates: expected a whole number from 1 to ${mostUpdates}, got ${updates}`);
}

/**
 * Profiles the training that a recipe describes and writes a page and a trace into a folder: nothing else, no model, no
 * checkpoint, and a run in the folder stays as it is.
 *
 * The first updates are made twice on the same batches, each time after a warm-up: as they are, for the time of a step,
 * and recorded by the engine, for its parts.
 * @throws {InputError} for an unknown option, invalid data or an invalid model, an engine without a profiler, a folder that
 *   another process uses.
 * @example
 * const { profile, page } = await profileRecipe(await loadRecipe('recipe.yaml'), { out: 'run' });
 * console.log(`${profile.time.step.toFixed(1)} ms a step; see ${page}`);
 */
export async function profileRecipe(given: Recipe, options: ProfileRecipeOptions): Promise<ProfileResult> {
  checkOptions(options);
  const { out, updates = usualUpdates, say = () => undefined } = options;
  const backend = engineOf(given, options.backend);
  recorderOf(backend);
  const recipe = withValuesOfEngine(given, backend);
  const folder = new RunFolder(out);
  await folder.checkBeside();
  const task = await taskRow(recipe.task).prepare(recipe, backend);
  try {
    for (const line of task.notes) say(line);
    const made = await profiled(task, recipe, { backend, updates, say });
    const { report } = made;
    await folder.hold();
    await folder.write({ [profileFiles.page]: profilePage(report), [profileFiles.trace]: traceFile(made) });
    return { ...report, page: join(out, profileFiles.page), trace: join(out, profileFiles.trace) };
  } finally {
    await folder.close();
    await task.dispose();
  }
}

/** Sizes of the training and what its updates took. */
async function profiled(
  task: TaskRun,
  recipe: Recipe,
  { backend, updates, say }: Required<Pick<ProfileRecipeOptions, 'updates' | 'say'>> & { readonly backend: Backend },
): Promise<{ readonly report: ProfileReport } & TracedPrograms> {
  const begin = { epoch: 0, batch: 0 };
  const { batchesInEpoch } = task.source(begin);
  const args = completeArguments(recipe.train, batchesInEpoch);
  const { parameters } = task;
  const setup = new TrainingSetup(task, args, { isProfiled: true });
  const plan = beginningPlan(args, setup.graphs, backend, task.source(begin));
  const state = setup.state(plan);
  await setup.begin(state);
  const length = updatesOf(args, batchesInEpoch);
  const rate = learningRateAt({ ...args, max_steps: length });
  const measure = (isRecorded: boolean) => {
    say(`${isRecorded ? 'recording' : 'timing'} ${updates} updates after ${warmupUpdates} of warm-up`);
    const randomBytes = nodeRandomBytes(args.seed);
    return measuredUpdates(setup.updaterParts(plan, { state, source: task.source(begin), backend, randomBytes }), {
      updates,
      rateAt: (update) => rate(Math.min(update, length - 1)),
      isRecorded,
    });
  };
  const uses: ProcessorUse[] = [];
  const watched = async <T>(work: () => Promise<T>): Promise<T> => {
    const { result, use } = await withProcessorUse(work);
    uses.push(use);
    return result;
  };
  const timed = await watched(() => measure(false));
  const recorded = await watched(() => measure(true));
  const layerOf = layersIn([...parameters.keys()], recorded);
  const { programs, lanes } = recorded;
  const profile = stepProfile({
    ...{ updates, lanes, threads: plan.threads, time: timed.time, recordedTime: recorded.time, programs, layerOf },
  });
  if (programs.some(({ role, runs }) => role === 'gradients' && runs.length === 0)) {
    throw new InputError(
      '--profile: the recording was full before the first measured update; shorter texts or smaller batches help',
    );
  }
  say('measuring bare matrix products');
  const bare = await watched(() => bareRate(backend, squareSize, plan.threads));
  const { largest: size } = profile;
  const largest = size && (await watched(() => bareRate(backend, size, plan.threads)));
  const { tokens, positions, padding } = timed.data;
  const latest = Math.max(0, ...state.pieces.map(({ group: { from = 0 } }) => from));
  const measured = {
    profile,
    bare,
    largest,
    tokens: tokens / updates,
    padding: positions > 0 ? padding / positions : undefined,
    otherEngine: hasOpenVino() ? 'openvino' : undefined,
  };
  const report: ProfileReport = {
    ...measured,
    advice: adviceOn(measured),
    task: recipe.task,
    model: task.model.architecture,
    parameters: [...parameters.values()].reduce((sum, { shape }) => sum + shape.reduce((n, size) => n * size, 1), 0),
    engine: backend.name,
    processor: cpus()[0]?.model.trim() || process.arch,
    shards: plan.shards,
    notes: notesOn(profile, latest, disturbanceNote(uses)),
  };
  return { report, programs, layerOf };
}

/** How the nodes of a training fall into the layers of its model. */
function layersIn(parameters: readonly string[], { programs }: MeasuredUpdates): LayerOf {
  const paths = programs.flatMap(({ places }) => [...places.values()].map(({ path }) => path));
  return layersOf([...parameters.map((name) => name.slice(0, Math.max(0, name.lastIndexOf('.')))), ...paths]);
}

/** What a reader must know about the figures. */
function notesOn({ recorded, updates }: StepProfile, latest: number, disturbance: string | undefined): string[] {
  const notes = disturbance === undefined ? [] : [disturbance];
  if (recorded < updates) {
    notes.push(
      `The engine's recording was full after ${Math.floor(recorded)} of ${updates} updates; the parts are those of these updates.`,
    );
  }
  if (latest > 0) {
    notes.push(
      `Parts that train.gradual_unfreezing trains later, up to update ${latest}, are not yet in the time of the optimizer.`,
    );
  }
  return notes;
}
