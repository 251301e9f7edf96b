import { valueAt } from '../../io/check.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Defaults of `train` when the model starts from a folder, in every task: those of Transformers' `TrainingArguments`. */
const startDefaults = { learning_rate: 5e-5, lr_scheduler_type: 'linear', adam_beta2: 0.999 };

const isMapping = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A recipe, not checked yet, with the defaults of `train` for a model that starts from a folder, and 3 epochs unless it
 * sets its length; any other value is returned as it is.
 *
 * @param own the task's own defaults.
 */
export function withStartDefaults(given: unknown, own: Fields = {}): unknown {
  if (!isMapping(given) || valueAt(given, ['model', 'model_name_or_path']) === undefined) return given;
  const { train = {} } = given;
  if (!isMapping(train)) return given;
  const length = train.max_steps === undefined ? { num_train_epochs: 3 } : {};
  return { ...given, train: { ...startDefaults, ...length, ...own, ...train } };
}
