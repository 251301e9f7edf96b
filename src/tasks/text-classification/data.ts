import { encodeTexts } from '../../data/batch/encode-text.ts';
import type { LabelledEntry } from '../../data/read/labelled.ts';
import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import { itemAt } from '../../io/item-at.ts';
import type { ProblemType } from '../../models/heads/fields/classifier-fields.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { trainTokenizer } from '../../text/train/vocabulary.ts';
import type { Files } from '../../train/run/run-folder.ts';
import { keptTokenizers, newTokenizer } from '../folder/tokenizer-folder.ts';
import { mergedNotes } from '../model/label-form.ts';
import type { TextRow } from '../model/text-batch.ts';
import type { RowSet } from '../run/encoded-row.ts';
import { mapSplits, readSplits, type Splits, splitValues } from '../run/split.ts';
import { withComposedLabels } from './label.ts';
import { sameNumberNotes } from './label-number.ts';
import { loneLabelNotes } from './lone-label.ts';
import type { ClassificationProblem, LabelledTexts, Target } from './problem.ts';
import { classificationProblems } from './problems.ts';
import type { TextClassificationRecipe } from './recipe.ts';

/** A text as tokens, and its target. */
export interface LabelledRow extends TextRow {
  readonly target: Target;
}

/** Texts as tokens, and their targets. */
export interface LabelledSet extends RowSet<LabelledRow> {
  /** The number of texts that are cut, and of those that have only special tokens. */
  readonly truncated: number;
  readonly empty: number;
}

/** The data of a recipe of labelled texts, ready for a model. */
export interface TextClassificationData {
  readonly problemType: ProblemType;
  readonly labels: readonly string[];
  /** Whether labels are those of pairs of texts. */
  readonly hasPairs: boolean;
  readonly tokenizer: Tokenizer;
  /** The files of a model folder for its tokenizer. */
  readonly files: Files;
  readonly sets: Splits<LabelledSet>;
  /** What was skipped or replaced in the files, and what is doubtful about their labels, one line each. */
  readonly readingNotes: readonly string[];
}

/** Encodes labelled texts, with labels in NFC; longer texts are cut to `max_length`. */
export function encodeLabelled(
  text: LabelledTexts,
  problem: ClassificationProblem,
  labels: readonly string[],
  tokenizer: Tokenizer,
  max_length: number,
): LabelledSet {
  const targets = problem.targets(withComposedLabels(text), labels);
  const { ids, typeIds, truncated, empty, where } = encodeTexts(text, tokenizer, { max_length });
  const rows = ids.map((own, example) => ({
    example,
    size: own.length,
    ids: own,
    typeIds: typeIds?.[example],
    target: itemAt(targets, example, 'a text'),
  }));
  return { samples: rows.length, rows, where, truncated, empty };
}

/**
 * Reads a recipe's labelled texts, trains the tokenizer and encodes them. An empty text becomes a sequence of one
 * token.
 *
 * @param kept the checkpoint of a resumed run, or the folder that a run starts from: its tokenizer is kept.
 * @param known the labels of that folder's model: kept, with their ids, if training has no others.
 * @throws {InputError} when a file cannot be read or has only one label, or when validation or test have a label that
 *   training does not have; each is reported with its place.
 */
export async function readTextClassificationData(
  { data, tokenizer: options, train: { max_length } }: TextClassificationRecipe,
  problemType: ProblemType,
  kept?: Folder,
  known: readonly string[] = [],
): Promise<TextClassificationData> {
  const problem = classificationProblems[problemType];
  const { label_separator, max_unpacked_bytes } = data;
  const read = (entry: LabelledEntry) => problem.read(data.root, entry, { label_separator, max_unpacked_bytes });
  const texts = await readSplits(data, read);
  const { train } = texts;
  refuseMixed(data);
  const found = problem.names(withComposedLabels(train));
  // The label of a number only names the output.
  const isKnown =
    problemType === 'regression' ? known.length === found.length : found.every((it) => known.includes(it));
  const labels = isKnown ? known : found;
  if (labels.length < 2 && problemType !== 'regression') {
    const got = labels.length === 0 ? 'none' : `${JSON.stringify(labels[0])} only`;
    throw new InputError(`data ${data.train.file}: expected at least two labels, got ${got}`);
  }
  const { source: tokenizer, files } = kept
    ? await keptTokenizers(kept)
    : newTokenizer(trainTokenizer(train.texts, options));
  const all = splitValues(texts);
  return {
    problemType,
    labels,
    hasPairs: train.pairs !== undefined,
    tokenizer,
    files,
    sets: mapSplits(texts, (text) => encodeLabelled(text, problem, labels, tokenizer, max_length)),
    readingNotes: [
      ...all.flatMap(({ notes }) => notes),
      ...mergedNotes(
        'labels',
        all.flatMap((set) => set.labels.flat()),
      ).map((note) => `data: ${note}`),
      ...[
        ...sameNumberNotes(labels),
        ...(problemType === 'regression' ? [] : loneLabelNotes(withComposedLabels(train), data.train)),
      ].map((note) => `data: ${note}`),
    ],
  };
}

/** @throws {InputError} when some sets have pairs of texts and others single texts. */
function refuseMixed({ train, validation, test }: TextClassificationRecipe['data']): void {
  const hasPairs = train.columns.text_pair !== undefined;
  for (const set of [validation, test]) {
    if (!set || (set.columns.text_pair !== undefined) === hasPairs) continue;
    const [expected, got] = hasPairs ? ['a text_pair', 'none'] : ['no text_pair', 'one'];
    throw new InputError(`data ${set.file}: columns: expected ${expected}, as in ${train.file}, got ${got}`);
  }
}

/** Information about the data for the user, one line each. */
export function textClassificationNotes(data: TextClassificationData, maxLength: number): string[] {
  const { labels, tokenizer, problemType } = data;
  const texts = data.hasPairs ? 'pairs of texts' : 'texts';
  const { train, validation, test } = data.sets;
  const sets = { training: train, validation, test };
  const counted = (count: 'truncated' | 'empty', what: string) =>
    Object.entries(sets).flatMap(([name, set]) =>
      set?.[count] ? [`data: ${set[count]} ${name} ${texts} ${what}`] : [],
    );
  const kind = problemType === 'regression' ? 'numbers' : `${labels.length} labels`;
  return [
    `data: ${train.samples} ${texts} to train on, ${kind}, vocabulary of ${tokenizer.vocabSize} tokens`,
    ...data.readingNotes,
    ...counted('truncated', `cut to train.max_length = ${maxLength} tokens`),
    ...counted('empty', data.hasPairs ? 'have an empty text' : 'are empty and count as one token'),
  ];
}
