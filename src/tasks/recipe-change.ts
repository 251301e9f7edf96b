import { isPlannedToEnd } from '../train/schedule.ts';
import type { Recipe } from './recipe-schema.ts';

/** A value that two recipes do not share; undefined where one of them has none. */
export interface RecipeChange {
  readonly path: string;
  readonly was: unknown;
  readonly is: unknown;
}

const always = () => true;
const hasEndlessSchedule = ({ train }: Recipe) => !isPlannedToEnd(train.lr_scheduler_type);

/** Parts of a recipe that may change when a run is resumed, since no step that was made would have been another. */
const freeParts: readonly { readonly path: string; readonly mayChange: (recipe: Recipe) => boolean }[] = [
  { path: 'data.root', mayChange: always },
  { path: 'data.test', mayChange: always },
  { path: 'generation', mayChange: ({ train }) => train.metric_for_best_model === 'eval_loss' },
  { path: 'generation.num_beams', mayChange: always },
  { path: 'train.logging_steps', mayChange: always },
  { path: 'train.max_steps', mayChange: hasEndlessSchedule },
  { path: 'train.num_train_epochs', mayChange: hasEndlessSchedule },
  { path: 'train.early_stopping_patience', mayChange: always },
];

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function changes(was: unknown, is: unknown, path: string): RecipeChange[] {
  if (!isObject(was) || !isObject(is) || Array.isArray(was) !== Array.isArray(is)) {
    return Object.is(was, is) ? [] : [{ path, was, is }];
  }
  const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...keys].flatMap((key) =>
    changes(Reflect.get(was, key), Reflect.get(is, key), path === '' ? key : `${path}.${key}`),
  );
}

/**
 * The values that make `is` another training than `was`, so that a run of the one cannot be resumed as the other.
 *
 * Free to change are where the data lie, the test set, the beams of the end, logging, patience; generation, unless the
 * best checkpoint is chosen by generated texts; the length of the training, unless the learning rate is planned
 * towards the end (linear, cosine).
 */
export function changedTrainingValues(was: Recipe, is: Recipe): RecipeChange[] {
  const free = freeParts.filter(({ mayChange }) => mayChange(is)).map(({ path }) => path);
  return changes(was, is, '').filter(({ path }) => !free.some((part) => path === part || path.startsWith(`${part}.`)));
}
