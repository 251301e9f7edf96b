import { InputError } from '../../io/error.ts';
import type { ReadOptions } from '../../io/text-file.ts';
import { refuse } from './data-file.ts';
import { type Cell, joined } from './json-lines.ts';
import { type Column, readColumns, type TableColumns, type TableFile } from './table.ts';

/** One split of labelled texts: a table and the columns to read. */
export interface LabelledEntry extends TableFile {
  columns: {
    text: Column;
    /** A second text, for labels of text pairs. */
    text_pair?: Column;
    label: Column;
  };
}

/** A table whose texts can have any number of labels each. */
export interface MultiLabelledEntry extends LabelledEntry {
  /** Separates the labels of one text. Without it the column holds a JSON list or a single label. */
  label_separator?: string;
}

/** Texts and their labels, in the order of the file. */
export interface LabelledText<Label = string> {
  /** A text can be empty; a caller that cannot use it refuses it with its line. */
  readonly texts: readonly string[];
  /** The second texts, if there is such a column. */
  readonly pairs?: readonly string[];
  readonly labels: readonly Label[];
  /** Where example `index` is, for messages: `train.tsv:1042`. */
  where(index: number): string;
  /** What was skipped or replaced in the file, one message per kind. */
  readonly notes: readonly string[];
}

/**
 * Reads texts with one label each. A label is always a text, even if it looks like a number; surrounding blanks are
 * removed.
 *
 * @throws {InputError} when the file cannot be read as a table, a column is missing, or a text has no label.
 */
export async function readLabelledText(
  root: string,
  entry: LabelledEntry,
  options: ReadOptions = {},
): Promise<LabelledText> {
  const table = await readLabelColumns(root, entry, options);
  const labels = table.cells.label.map((cell) => (typeof cell === 'string' ? cell.trim() : ''));
  refuseLists(table);
  refuse(labels.flatMap((label, i) => (label === '' ? [`data ${table.where(i)}: expected a label, got a blank`] : [])));
  return { ...textsOf(table), labels };
}

/** @throws {InputError} when labels are lists; one error for all rows. */
function refuseLists({ cells, where }: LabelTable): void {
  const [first, ...others] = cells.label.flatMap((cell, i) => (typeof cell === 'string' ? [] : [i]));
  if (first === undefined) return;
  const more = others.length > 0 ? `, as in ${others.length} more row${others.length === 1 ? '' : 's'}` : '';
  const remedy = 'for several labels set model.problem_type: multi_label_classification';
  throw new InputError(`data ${where(first)}: expected one label, got a list${more}; ${remedy}`);
}

/**
 * Reads texts with any number of labels each, in the order of the file; a text without labels has an empty list.
 *
 * @throws {InputError} as `readLabelledText`, and when a label is blank or occurs twice for one text.
 */
export async function readMultiLabelledText(
  root: string,
  { label_separator: separator, ...entry }: MultiLabelledEntry,
  options: ReadOptions = {},
): Promise<LabelledText<readonly string[]>> {
  if (separator === '') throw new InputError(`data ${entry.file}: label_separator must not be empty`);
  const table = await readLabelColumns(root, entry, options);
  const labels = table.cells.label.map((cell) => labelsOf(cell, separator));
  refuse(
    labels.flatMap((several, i) => {
      if (several.includes('')) return [`data ${table.where(i)}: expected labels, got a blank one among them`];
      const twice = several.find((label, at) => several.indexOf(label) !== at);
      return twice === undefined ? [] : [`data ${table.where(i)}: expected different labels, got "${twice}" twice`];
    }),
  );
  return { ...textsOf(table), labels };
}

type LabelTable = TableColumns<'text' | 'label'> & { readonly pairs?: readonly Cell[] };

async function readLabelColumns(root: string, entry: LabelledEntry, options: ReadOptions): Promise<LabelTable> {
  const { text, label, text_pair: pair } = entry.columns;
  if (pair === undefined) return readColumns(root, entry, { text, label }, options);
  const table = await readColumns(root, entry, { text, label, text_pair: pair }, options);
  return { ...table, pairs: table.cells.text_pair };
}

function textsOf({ cells, pairs, where, notes }: LabelTable): Omit<LabelledText, 'labels'> {
  return { texts: cells.text.map(joined), ...(pairs && { pairs: pairs.map(joined) }), where, notes };
}

function labelsOf(cell: Cell, separator: string | undefined): string[] {
  if (typeof cell !== 'string') return cell.map((label) => label.trim());
  if (cell.trim() === '') return [];
  return (separator === undefined ? [cell] : cell.split(separator)).map((label) => label.trim());
}
