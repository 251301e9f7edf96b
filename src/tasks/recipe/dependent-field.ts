import { inspectValue, type Violation, valueAt } from '../../io/check.ts';
import { modelDefaults } from '../../models/families/families.ts';
import type { Recipe } from './schema.ts';
import { without } from './setting.ts';
import { startsFromFolder } from './start-folder.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Tokenizer extends Fields {
  readonly kind: string;
  readonly shared?: boolean;
  readonly characters?: boolean;
  readonly source?: Partial<Tokenizer>;
  readonly target?: Partial<Tokenizer>;
}

/** A recipe of any task, with all defaults filled in, including the model's. */
interface Parts {
  readonly task: string;
  readonly data: Fields;
  readonly tokenizer: Tokenizer;
  readonly model: Fields;
  readonly train: Fields;
  readonly image_processor?: Fields;
  readonly generation?: Fields;
}

/** A field that has an effect only in combination with certain others. */
interface DependentField {
  readonly path: string;
  isUsed(recipe: Parts): boolean;
  /** The combination in which it has no effect. */
  unused(recipe: Parts): string;
}

/** Rows for several fields of one part. */
const rows = (
  part: string,
  names: readonly string[],
  isUsed: DependentField['isUsed'],
  unused: DependentField['unused'],
): DependentField[] => names.map((name) => ({ path: `${part}.${name}`, isUsed, unused }));

const isValidated = ({ data }: Parts) => data.validation !== undefined || Number(data.validation_share ?? 0) > 0;
/** The tokens in a batch of so many blocks; NaN if a recipe has no blocks, or leaves their number to the tokens. */
const blockTokens = ({ block_size, per_device_train_batch_size }: Fields) =>
  Number(block_size) * Number(per_device_train_batch_size);
const readsCharacters = ({ task, tokenizer: { kind, characters } }: Parts) =>
  task === 'token-classification' && kind === 'word' && characters !== false;

/** The kinds of tokenizers whose training reads a field. */
const kindsOf = { byte_level: ['bpe'], min_frequency: ['char', 'word'] } as const;

/** The rows of a tokenizer field: for both sides, and for one side. */
function tokenizerRows(field: keyof typeof kindsOf): DependentField[] {
  const isRead = (kind = '') => (kindsOf[field] as readonly string[]).includes(kind);
  const unused = (kind: string) => `by kind ${kind}`;
  return [
    {
      path: `tokenizer.${field}`,
      isUsed: ({ tokenizer: { kind, source, target } }) =>
        [source, target].some((side) => side?.[field] === undefined && isRead(side?.kind ?? kind)),
      unused: ({ tokenizer: { kind, source, target } }) =>
        unused([...new Set([source?.kind ?? kind, target?.kind ?? kind])].join(' and ')),
    },
    ...(['source', 'target'] as const).map((side) => ({
      path: `tokenizer.${side}.${field}`,
      isUsed: ({ tokenizer }: Parts) => isRead(tokenizer[side]?.kind ?? tokenizer.kind),
      unused: ({ tokenizer }: Parts) => unused(tokenizer[side]?.kind ?? tokenizer.kind),
    })),
  ];
}

/** Every such field of recipes; a recipe that sets one without effect is refused. */
export const dependentFields: readonly DependentField[] = [
  ...tokenizerRows('byte_level'),
  ...tokenizerRows('min_frequency'),
  ...rows(
    'tokenizer',
    ['src_lang', 'tgt_lang'],
    () => false,
    () => 'without model.model_name_or_path',
  ),
  ...rows(
    'train',
    ['adam_beta1', 'adam_beta2', 'adam_epsilon'],
    ({ train }) => train.optim !== 'sgd',
    () => 'by optim sgd',
  ),
  ...rows(
    'train',
    ['warmup_steps'],
    ({ train }) => train.lr_scheduler_type !== 'constant' || train.warmup_steps === 0,
    () => 'by lr_scheduler_type constant (use constant_with_warmup for a warm-up)',
  ),
  ...rows(
    'train',
    ['warmup_ratio'],
    ({ train }) => train.lr_scheduler_type !== 'constant' || train.warmup_ratio === 0,
    () => 'by lr_scheduler_type constant (use constant_with_warmup for a warm-up)',
  ),
  ...rows(
    'train',
    ['early_stopping_threshold'],
    ({ train }) => train.early_stopping_patience !== undefined,
    () => 'without early_stopping_patience',
  ),
  ...rows('train', ['eval_steps', 'predict_with_generate'], isValidated, () => 'without data.validation'),
  ...rows(
    'train',
    ['generation_num_beams'],
    (recipe) => isValidated(recipe) && recipe.train.predict_with_generate === true,
    (recipe) => (isValidated(recipe) ? 'without predict_with_generate' : 'without data.validation'),
  ),
  ...rows(
    'train',
    ['max_tokens_per_batch'],
    ({ train }) => !(blockTokens(train) > Number(train.max_tokens_per_batch)),
    ({ train }) => `by batches of per_device_train_batch_size · block_size = ${blockTokens(train)} tokens`,
  ),
  ...rows(
    'train',
    ['null_score_diff_threshold'],
    ({ data }) => data.version_2_with_negative === true,
    () => 'without data.version_2_with_negative',
  ),
  ...rows(
    'generation',
    ['seed', 'temperature', 'top_k', 'top_p', 'min_p', 'typical_p', 'epsilon_cutoff', 'eta_cutoff'],
    ({ generation = {} }) => generation.do_sample === true,
    () => 'without do_sample: true',
  ),
  ...rows(
    'generation',
    ['early_stopping'],
    ({ generation = {} }) => !generation.early_stopping || Number(generation.num_beams) > 1,
    () => 'with num_beams: 1',
  ),
  ...rows(
    'image_processor',
    ['rescale_factor'],
    ({ image_processor = {} }) => image_processor.do_rescale !== false,
    () => 'with do_rescale: false',
  ),
  ...rows(
    'image_processor',
    ['image_mean', 'image_std'],
    ({ image_processor = {} }) => image_processor.do_normalize !== false,
    () => 'with do_normalize: false',
  ),
  ...rows(
    'model',
    ['attention_size'],
    ({ model }) => ['additive', 'concat', 'local'].includes(String(model.attention)),
    ({ model }) => `by attention: ${model.attention}`,
  ),
  ...rows(
    'model',
    ['attention_window'],
    ({ model }) => model.attention === 'local',
    ({ model }) => `by attention: ${model.attention}`,
  ),
  ...rows(
    'model',
    ['attention_query'],
    ({ model }) => model.attention !== 'none',
    () => 'by attention: none',
  ),
  ...rows(
    'model',
    ['character_vocab_size', 'character_embedding_size', 'character_hidden_size'],
    readsCharacters,
    ({ task, tokenizer: { kind } }) =>
      task !== 'token-classification'
        ? `by ${task}, which reads tokens only, no characters`
        : kind === 'word'
          ? 'with tokenizer.characters: false'
          : `by tokenizer.kind ${kind}`,
  ),
  ...rows(
    'model',
    ['variational_dropout'],
    ({ model }) => Number(model.num_hidden_layers) > 1 && Number(model.dropout) > 0,
    ({ model }) => (Number(model.dropout) > 0 ? 'with num_hidden_layers: 1' : 'with dropout: 0'),
  ),
];

/** The defaults of a recipe's model; those of a model that starts from a folder are the folder's. */
export const defaultsOf = ({ model: { model_type, model_name_or_path } }: Pick<Recipe, 'model'>): Fields =>
  model_type === undefined || model_name_or_path !== undefined ? {} : modelDefaults(model_type);

/** The tokenizer of a recipe that has none. */
const noTokenizer: Tokenizer = { kind: 'none' };

const partsOf = (recipe: Recipe): Parts => ({
  tokenizer: noTokenizer,
  ...recipe,
  model: { ...defaultsOf(recipe), ...recipe.model },
});

/** The rows for a recipe. */
const rowsOf = (recipe: Recipe): readonly DependentField[] =>
  startsFromFolder(recipe)
    ? dependentFields.filter(({ path }) => !/^(?:model|tokenizer)\./.test(path))
    : dependentFields.filter(({ path }) => 'tokenizer' in recipe || !path.startsWith('tokenizer.'));

/** The fields of `tokenizer` that also act with the tokenizer of a folder. */
export const tokenizerFieldsOfFolders: readonly string[] = ['pre_tokenizer', 'src_lang', 'tgt_lang'];

/** The fields of `tokenizer` that a recipe sets although the tokenizer of a folder is used. */
function idleTokenizer(given: unknown, recipe: Recipe): Violation[] {
  const fields = startsFromFolder(recipe) ? valueAt(given, ['tokenizer']) : undefined;
  if (typeof fields !== 'object' || fields === null) return [];
  const idle = Object.keys(fields).filter((name) => !tokenizerFieldsOfFolders.includes(name));
  return idle.map((name) => ({
    path: ['tokenizer', name],
    message: `tokenizer.${name}: not used with model.model_name_or_path, whose tokenizer is used; remove it`,
    isUnknownField: false,
  }));
}

/** The paths of the fields without effect in a recipe. */
export function idlePaths(recipe: Recipe): string[] {
  const parts = partsOf(recipe);
  return rowsOf(recipe)
    .filter(({ isUsed }) => !isUsed(parts))
    .map(({ path }) => path);
}

/**
 * The fields that a recipe sets without effect. A field with its default value counts as absent, because a run's own
 * recipe contains all fields.
 *
 * @param given the recipe as written; `recipe`: the same, parsed by `schema`.
 */
export function idleFields(schema: Parameters<typeof inspectValue>[0], given: unknown, recipe: Recipe): Violation[] {
  const defaults = defaultsOf(recipe);
  const parts = partsOf(recipe);
  const isDefault = (path: readonly string[]) => {
    const [part, ...names] = path;
    const usual =
      part === 'model' ? valueAt(defaults, names) : valueAt(inspectValue(schema, without(given, path)).value, path);
    return Object.is(valueAt(parts, path), usual);
  };
  const idle = rowsOf(recipe).flatMap(({ path: text, isUsed, unused }) => {
    const path = text.split('.');
    if (valueAt(given, path) === undefined || isUsed(parts) || isDefault(path)) return [];
    return [{ path, message: `${text}: not used ${unused(parts)}; remove it`, isUnknownField: false }];
  });
  return [...idle, ...idleTokenizer(given, recipe)];
}
