import * as z from 'zod';
import { inspectValue } from '../../io/check.ts';
import { isPlannedToEnd } from '../../train/optimizers/schedule.ts';
import type { FreePart } from '../task.ts';
import { taskRow } from '../task-list.ts';
import { defaultsOf, idlePaths } from './dependent-field.ts';
import { hasTokenizer, type Recipe, recipeSchema, taskOfRecipe } from './schema.ts';

/** A value that differs between two recipes; undefined where a recipe does not have it. */
export interface RecipeChange {
  readonly path: string;
  readonly was: unknown;
  readonly is: unknown;
}

const mayChange = () => true;

/** What may change in the recipes of every task. */
const freeParts: readonly FreePart[] = [
  { path: 'data.root', mayChange },
  { path: 'data.max_unpacked_bytes', mayChange },
  { path: 'data.test', mayChange },
  { path: 'train.logging_steps', mayChange },
  { path: 'train.save_total_limit', mayChange },
  { path: 'train.max_steps', mayChange },
  { path: 'train.num_train_epochs', mayChange },
  { path: 'train.early_stopping_patience', mayChange },
  { path: 'train.early_stopping_threshold', mayChange },
  // Saved in the run's state; the trainer refuses another value.
  { path: 'train.shards', mayChange },
  { path: 'train.threads', mayChange },
  { path: 'train.engine', mayChange },
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
 * A note for a run that is resumed with another end, if its learning rate depends on the end (linear, cosine);
 * undefined if the rates are those of a run with this end from the start.
 */
export function newEndNote({ train: was }: Recipe, { train: is }: Recipe): string | undefined {
  const hasSameEpochs = is.max_steps !== undefined || was.num_train_epochs === is.num_train_epochs;
  const isSame = was.max_steps === is.max_steps && hasSameEpochs;
  if (isSame || !isPlannedToEnd(is.lr_scheduler_type)) return undefined;
  return (
    `the training has a new end: from now on the learning rate follows the ${is.lr_scheduler_type} schedule to that end, ` +
    'so the result differs from that of a run with this end from the start'
  );
}

/** The parts that recipes of every task and version have. */
const keptParts = taskOfRecipe.extend({
  data: z.looseObject({}),
  tokenizer: z.looseObject({}).optional(),
  model: z.looseObject({ model_type: z.string().optional(), model_name_or_path: z.string().optional() }),
  train: z.looseObject({}),
});

/** Whether a recipe is whole: with a folder to start from, family and tokenizer may be absent. */
const isWhole = ({ task, model, tokenizer }: z.output<typeof keptParts>): boolean =>
  model.model_name_or_path !== undefined ||
  (model.model_type !== undefined && (tokenizer !== undefined || !hasTokenizer(task)));

/**
 * A run's saved recipe, with defaults for fields that were added to recipes later. The default of a new field must
 * therefore be what training did before. A recipe with a field that no longer exists is returned unchanged; undefined
 * if a part that every recipe has is missing.
 */
export function completedRecipe(kept: Readonly<Record<string, unknown>>): Recipe | undefined {
  const { data: parts } = keptParts.refine(isWhole).safeParse(kept);
  return parts && (inspectValue(recipeSchema(parts.task), kept).value ?? (kept as Recipe));
}

/** Fills in the fields of the model that a recipe leaves out; a run saves that part as it was written. */
const withModelDefaults = (recipe: Recipe) => ({
  ...recipe,
  model: { ...defaultsOf(recipe), ...recipe.model },
});

/**
 * The differences that make `is` a different training from `was`, so that a run of one cannot be resumed with the
 * other.
 *
 * These may change: the place of the data, the test set, logging, the number of checkpoints kept, patience, the length
 * of the training, the engine, what the task's row allows, and fields without effect in both recipes, which earlier versions
 * accepted.
 */
export function changedTrainingValues(was: Recipe, is: Recipe): RecipeChange[] {
  const parts = [...freeParts, ...taskRow(is.task).freeParts];
  const idleBefore = new Set(idlePaths(was));
  const idle = idlePaths(is).filter((path) => idleBefore.has(path));
  const free = [...parts.filter((part) => part.mayChange(is)).map(({ path }) => path), ...idle];
  return changes(withModelDefaults(was), withModelDefaults(is), '').filter(
    (change) =>
      !isMovedBase(change) &&
      !isSamePadding(change) &&
      !free.some((part) => change.path === part || change.path.startsWith(`${part}.`)),
  );
}

/** Whether a recipe states the padding that a run without the field has used all along. */
const isSamePadding = ({ path, was, is }: RecipeChange): boolean =>
  path === 'train.pad_to_multiple_of' && (was ?? 1) === (is ?? 1);

/** Whether a recipe names another folder to start from, whose weights are compared by their digest. */
const isMovedBase = ({ path, was, is }: RecipeChange): boolean =>
  path === 'model.model_name_or_path' && was !== undefined && is !== undefined;
