import { encodeTexts } from '../../data/batch/encode-text.ts';
import { joined } from '../../data/read/json-lines.ts';
import { readLabelledText } from '../../data/read/labelled.ts';
import { type Column, readColumns, type TableFile } from '../../data/read/table.ts';
import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import { itemAt } from '../../io/item-at.ts';
import type { ReadOptions } from '../../io/text-file.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { trainTokenizer } from '../../text/train/vocabulary.ts';
import type { Files } from '../../train/run/run-folder.ts';
import { keptTokenizers, newTokenizer } from '../folder/tokenizer-folder.ts';
import { composedLabel, mergedNotes } from '../model/label-form.ts';
import { mapSplits, readSplits, type Splits, splitValues } from '../run/split.ts';
import { type GroupedSet, rowsByGroup } from './grouped-set.ts';
import type { FeatureExtractionRecipe } from './recipe.ts';

/** Texts of a file, with what those that mean the same share. */
export interface SentenceTexts {
  readonly kind: GroupedSet['kind'];
  /** The two texts of each pair one after the other, or the texts. */
  readonly texts: readonly string[];
  /** The label of each text; of pairs the text itself. */
  readonly keys: readonly string[];
  /** The place of a text in its file. */
  where(text: number): string;
  /** What was skipped or replaced in the file, one line each. */
  readonly notes: readonly string[];
}

/** A table and the columns to read: `text_pair` or `label`. */
interface SentenceTable extends TableFile {
  readonly columns: {
    readonly text: Column;
    readonly text_pair?: Column | undefined;
    readonly label?: Column | undefined;
  };
}

/** Reads pairs of texts, or labelled texts. @throws {InputError} when the file cannot be read as such a table. */
export async function readSentences(
  root: string,
  { columns: { text, text_pair, label }, ...table }: SentenceTable,
  options: ReadOptions,
): Promise<SentenceTexts> {
  if (label !== undefined) {
    const { texts, labels, where, notes } = await readLabelledText(
      root,
      { ...table, columns: { text, label } },
      options,
    );
    const merged = mergedNotes('labels', labels).map((note) => `data ${table.file}: ${note}`);
    return { kind: 'labels', texts, keys: labels.map(composedLabel), where, notes: [...notes, ...merged] };
  }
  if (text_pair === undefined) throw new Error('data: expected a column of second texts or of labels');
  const { cells, where, notes } = await readColumns(root, table, { text, text_pair }, options);
  const texts = cells.text.flatMap((first, at) => [joined(first), joined(cells.text_pair[at] ?? '')]);
  return { kind: 'pairs', texts, keys: texts, where: (row) => where(Math.floor(row / 2)), notes };
}

/** @throws {InputError} when no text has another that belongs to it and one that does not. */
function refuseTooFew({ kind, rows }: Pick<GroupedSet, 'kind' | 'rows'>, sizes: readonly number[], file: string): void {
  if (kind === 'pairs' && rows.length < 4) {
    throw new InputError(`data ${file}: expected at least two pairs, got ${rows.length / 2}`);
  }
  if (kind === 'pairs' || (sizes.length > 1 && sizes.some((size) => size > 1))) return;
  throw new InputError(
    `data ${file}: expected at least two labels, one of them with several texts, got ${rows.length} texts with ${sizes.length} labels`,
  );
}

/** Encodes texts; longer ones are cut to `max_length`. @throws {InputError} when there is nothing to compare. */
export function encodeSentences(
  { kind, texts, keys, where }: SentenceTexts,
  {
    tokenizer,
    max_length,
    file,
  }: { readonly tokenizer: Tokenizer; readonly max_length: number; readonly file: string },
): GroupedSet {
  const groups = new Map([...new Set(keys)].map((key, id) => [key, id]));
  const { ids, truncated, empty } = encodeTexts({ texts, where }, tokenizer, { max_length });
  const perExample = kind === 'pairs' ? 2 : 1;
  const rows = ids.map((own, at) => ({
    example: Math.floor(at / perExample),
    size: own.length,
    ids: own,
    group: groups.get(itemAt(keys, at, 'a key')) ?? 0,
  }));
  const sizes = [...rowsByGroup(rows).values()].map(({ length }) => length);
  refuseTooFew({ kind, rows }, sizes, file);
  const alone = kind === 'labels' ? sizes.filter((size) => size === 1).length : 0;
  return { kind, samples: rows.length / perExample, rows, where, truncated, empty, alone };
}

/** The data of a recipe for sentence embeddings, ready for a model. */
export interface SentenceData {
  readonly tokenizer: Tokenizer;
  /** The files of a model folder for its tokenizer. */
  readonly files: Files;
  readonly sets: Splits<GroupedSet>;
  /** What was skipped or replaced in the files, one line each. */
  readonly readingNotes: readonly string[];
}

/**
 * Reads a recipe's texts, trains the tokenizer and encodes them.
 *
 * @param kept the checkpoint of a resumed run, or the folder that a run starts from: its tokenizer is kept.
 * @throws {InputError} when a file cannot be read, or has nothing to compare.
 */
export async function readSentenceData(
  { data, tokenizer: options, train: { max_length } }: FeatureExtractionRecipe,
  kept?: Folder,
): Promise<SentenceData> {
  const { root, max_unpacked_bytes } = data;
  const texts = await readSplits(data, async ({ file, ...table }) => ({
    file,
    ...(await readSentences(root, { file, ...table }, { max_unpacked_bytes })),
  }));
  const { source: tokenizer, files } = kept
    ? await keptTokenizers(kept)
    : newTokenizer(trainTokenizer(texts.train.texts, options));
  return {
    tokenizer,
    files,
    sets: mapSplits(texts, ({ file, ...text }) => encodeSentences(text, { tokenizer, max_length, file })),
    readingNotes: splitValues(texts).flatMap(({ notes }) => notes),
  };
}

/** What is doubtful about the texts of a set, one line each. `most`: where its texts are cut. */
export function setNotes({ truncated, empty, alone }: GroupedSet, most: string, which = ''): string[] {
  const texts = which === '' ? 'texts' : `${which} texts`;
  return [
    ...(truncated > 0 ? [`${truncated} ${texts} are cut to ${most}`] : []),
    ...(empty > 0 ? [`${empty} ${texts} are empty`] : []),
    ...(alone > 0 ? [`${alone} ${texts} are the only ones of their label and compared with others only`] : []),
  ];
}

/** Information about the data for the user, one line each. */
export function sentenceNotes({ sets, tokenizer, readingNotes }: SentenceData, maxLength: number): string[] {
  const { train, validation, test } = sets;
  const labels = rowsByGroup(train.rows).size;
  const what =
    train.kind === 'pairs' ? `${train.samples} pairs of texts` : `${train.samples} texts with ${labels} labels`;
  const most = `train.max_length = ${maxLength} tokens`;
  return [
    `data: ${what} to train on, vocabulary of ${tokenizer.vocabSize} tokens`,
    ...readingNotes,
    ...Object.entries({ training: train, validation, test }).flatMap(([name, set]) =>
      set ? setNotes(set, most, name).map((note) => `data: ${note}`) : [],
    ),
  ];
}
