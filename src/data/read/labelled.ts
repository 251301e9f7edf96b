import { InputError } from '../../io/error.ts';
import { refuse } from './data-file.ts';
import { type Cell, joined } from './json-lines.ts';
import { type Column, readColumns, type TableColumns, type TableFile } from './table.ts';

/** One split of labelled texts: a table and which of its columns hold what. */
export interface LabelledEntry extends TableFile {
  columns: {
    text: Column;
    /** A second text beside the first, for labels of pairs. */
    text_pair?: Column;
    label: Column;
  };
}

export interface MultiLabelledEntry extends LabelledEntry {
  /** Stands between the labels of one text. Without it the column is a list of JSON, or one label. */
  label_separator?: string;
}

/** Texts and what each is labelled with, in the order of the file. */
export interface LabelledText<Label = string> {
  /** A text may be empty: whoever cannot use that says where it stands. */
  readonly texts: readonly string[];
  /** The second texts, when there is such a column. */
  readonly pairs?: readonly string[];
  readonly labels: readonly Label[];
  /** Where example `index` stands, for messages: `train.tsv:1042`. */
  where(index: number): string;
}

/**
 * Reads texts with one label each; a label is a text without the blanks around it, also where it is a number.
 *
 * @throws {InputError} when the file cannot be read as a table, a column is not there, or a text has no label.
 */
export async function readLabelledText(root: string, entry: LabelledEntry): Promise<LabelledText> {
  const table = await readLabelColumns(root, entry);
  const labels = table.cells.label.map((cell) => (typeof cell === 'string' ? cell.trim() : ''));
  refuse(
    labels.flatMap((label, i) => {
      if (label !== '') return [];
      const got = typeof table.cells.label[i] === 'string' ? 'a blank' : 'a list';
      return [`data ${table.where(i)}: expected a label, got ${got}`];
    }),
  );
  return { ...textsOf(table), labels };
}

/**
 * Reads texts with any number of labels each, in the order in which they stand; none is an empty list.
 *
 * @throws {InputError} as `readLabelledText`, and when a label is blank or stands twice at one text.
 */
export async function readMultiLabelledText(
  root: string,
  { label_separator: separator, ...entry }: MultiLabelledEntry,
): Promise<LabelledText<readonly string[]>> {
  if (separator === '') throw new InputError(`data ${entry.file}: label_separator must be a text, got an empty one`);
  const table = await readLabelColumns(root, entry);
  const labels = table.cells.label.map((cell) => labelsOf(cell, separator));
  refuse(
    labels.flatMap((several, i) => {
      if (several.includes('')) return [`data ${table.where(i)}: expected labels, got a blank among them`];
      const twice = several.find((label, at) => several.indexOf(label) !== at);
      return twice === undefined ? [] : [`data ${table.where(i)}: expected different labels, got "${twice}" twice`];
    }),
  );
  return { ...textsOf(table), labels };
}

type LabelTable = TableColumns<'text' | 'label'> & { readonly pairs?: readonly Cell[] };

async function readLabelColumns(root: string, entry: LabelledEntry): Promise<LabelTable> {
  const { text, label, text_pair: pair } = entry.columns;
  if (pair === undefined) return readColumns(root, entry, { text, label });
  const table = await readColumns(root, entry, { text, label, text_pair: pair });
  return { ...table, pairs: table.cells.text_pair };
}

function textsOf({ cells, pairs, where }: LabelTable): Omit<LabelledText, 'labels'> {
  return { texts: cells.text.map(joined), ...(pairs && { pairs: pairs.map(joined) }), where };
}

function labelsOf(cell: Cell, separator: string | undefined): string[] {
  if (typeof cell !== 'string') return cell.map((label) => label.trim());
  if (cell.trim() === '') return [];
  return (separator === undefined ? [cell] : cell.split(separator)).map((label) => label.trim());
}
