import { balancedSample } from '../../data/batch/balanced-sample.ts';
import { InputError, reportAll } from '../../io/error.ts';
import { checkConfig } from '../../models/families/check-config.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { labelFields, type ProblemType } from '../../models/heads/fields/classifier-fields.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { checkEndToken, checkTokenizer, tokenizerFields } from '../folder/tokenizer-folder.ts';
import { completedModel, describedModel, type RunSetup } from '../run/recipe-model.ts';
import type { RunBase } from '../run/run-base.ts';
import type { TargetRow } from './class-task.ts';
import type { TextClassificationData } from './data.ts';
import { classificationProblems } from './problems.ts';
import type { TextClassificationRecipe } from './recipe.ts';
import { checkPairs } from './text-pair.ts';

/** The part of a classifier's `train` that depends on its problem. */
type ClassifierTrain = Pick<
  TextClassificationRecipe['train'],
  'metric_for_best_model' | 'class_weights' | 'label_smoothing_factor'
>;

/** What labels a classifier learns, and the rows that have them. */
interface LearnedLabels extends Pick<TextClassificationData, 'labels' | 'problemType'> {
  readonly sets: { readonly train: { readonly rows: readonly Pick<TargetRow, 'target'>[] } };
}

/** The problem that a label separator implies. */
const severalLabels: ProblemType = 'multi_label_classification';

/** @throws {InputError} for a model that reads characters. */
function withoutCharacters<S extends ModelSetup<'sequence-classification'>>(setup: S): S {
  if (!setup.model.inputs.some(({ name }) => name === 'character_ids')) return setup;
  throw new InputError('recipe model: expected an encoder of tokens, got one that reads characters too');
}

/** The parts of a classifier's `train` that have no effect on its problem, as violations. */
export function idleTraining(train: ClassifierTrain, problemType: ProblemType): string[] {
  const { metrics, balancedWeights } = classificationProblems[problemType];
  const names = ['loss', ...metrics].map((name) => `eval_${name}`);
  return [
    ...(names.includes(train.metric_for_best_model)
      ? []
      : [`train.metric_for_best_model: expected one of ${names.join(', ')}, got ${train.metric_for_best_model}`]),
    ...(train.class_weights && !balancedWeights
      ? [`train.class_weights: expected none with problem_type ${problemType}, got some`]
      : []),
    ...(train.label_smoothing_factor > 0 && problemType === 'regression'
      ? [
          `train.label_smoothing_factor: expected 0 with problem_type ${problemType}, got ${train.label_smoothing_factor}`,
        ]
      : []),
  ];
}

/**
 * Checks the parts of a recipe's `model` that do not depend on the data, before any text is read, and returns its
 * problem: several labels if `data.label_separator` is set, else `problem_type`.
 *
 * @throws {InputError} also for a part of `train` that has no effect on such a model.
 */
export function checkClassifierFields(
  { data, model, tokenizer, train }: TextClassificationRecipe,
  base?: RunBase,
): ProblemType {
  const size = tokenizer.vocab_size;
  const isNumber = model.problem_type === 'regression';
  const labels = base ? {} : labelFields(isNumber ? ['LABEL_0'] : ['LABEL_0', 'LABEL_1']);
  const several = data.label_separator === undefined ? {} : { problem_type: severalLabels };
  const assumed = { tokenizer: { vocab_size: size, pad_token_id: size - 1 }, data: labels };
  const described = describedModel('sequence-classification', { ...several, ...model }, assumed, base);
  const { problemType } = withoutCharacters(described).model;
  const violations = [
    ...(data.label_separator !== undefined && problemType !== severalLabels
      ? [
          `data.label_separator: expected none with problem_type ${problemType}, got ${JSON.stringify(data.label_separator)}`,
        ]
      : []),
    ...idleTraining(train, problemType),
  ];
  if (violations.length > 0) throw reportAll('recipe', violations);
  return problemType;
}

/**
 * The model of a recipe: the fields of `model`, completed from the tokenizer and the labels.
 *
 * @throws {InputError} when a field is unknown, invalid or contradicts the data, or when texts are longer than the
 *   positions.
 */
export function classifierSetup(
  { model, train }: TextClassificationRecipe,
  { tokenizer, labels, problemType, hasPairs }: TextClassificationData,
  base?: RunBase,
): RunSetup<'sequence-classification'> {
  const derived = {
    tokenizer: tokenizerFields(tokenizer),
    data: {
      problem_type: problemType,
      ...labelFields(labels),
      ...(base && model.pad_token_id === undefined && missingPadding(base, tokenizer)),
    },
  };
  const setup = withoutCharacters(completedModel('sequence-classification', model, derived, base));
  if (base) checkTokenizer(base.folder.name, tokenizer, setup.tokens);
  checkEndToken(base?.folder.name ?? 'recipe: tokenizer', tokenizer, setup.tokens);
  if (hasPairs) checkPairs(base?.folder.name ?? 'recipe', tokenizer, setup.model);
  const { maxTokens } = setup.tokens;
  if (train.max_length > maxTokens) {
    throw new InputError(
      `recipe: train.max_length: expected at most model.max_position_embeddings = ${maxTokens}, got ${train.max_length}`,
    );
  }
  return setup;
}

/**
 * The padding token of a model whose `config.json` has none, as GPT-2's: the tokenizer's, or the token that ends texts.
 * Transformers needs it to read several texts at once.
 */
function missingPadding({ config, where }: RunBase, { padId }: Tokenizer): { readonly pad_token_id?: number } {
  const known = checkConfig(config, where, { role: 'sequence-classification' }).config;
  const end = Reflect.get(known, 'eos_token_id');
  const found = padId ?? end;
  return Reflect.get(known, 'pad_token_id') === null && typeof found === 'number' ? { pad_token_id: found } : {};
}

/** The weights of the labels in the loss. @throws {InputError} when their number is not that of the labels. */
export function classWeights(
  { train }: { readonly train: Pick<ClassifierTrain, 'class_weights'> },
  { labels, problemType, sets }: LearnedLabels,
): readonly number[] | undefined {
  const weights = train.class_weights;
  if (weights === 'balanced') {
    const targets = sets.train.rows.map(({ target }) => target);
    return classificationProblems[problemType].balancedWeights?.(targets, labels.length);
  }
  if (weights && weights.length !== labels.length) {
    const order = labels.join(', ');
    throw new InputError(
      `recipe: train.class_weights: expected ${labels.length} numbers, one per label (${order}), got ${weights.length}`,
    );
  }
  return weights;
}

/**
 * The rows of every epoch, where rows of every label are equally many; undefined for all rows.
 *
 * @throws {InputError} when a row can have several labels, or is a number.
 */
export function sampling(
  { train }: { readonly train: Pick<TextClassificationRecipe['train'], 'balanced_sampling' | 'seed'> },
  { problemType, sets }: LearnedLabels,
): ((epoch: number) => Int32Array) | undefined {
  if (!train.balanced_sampling) return undefined;
  if (problemType !== 'single_label_classification') {
    throw new InputError(`recipe: train.balanced_sampling: not used with problem_type ${problemType}; remove it`);
  }
  const labels = sets.train.rows.map(({ target: [label = 0] }) => label);
  return (epoch) => balancedSample(labels, train.seed, epoch);
}
