import type { LabelledEntry } from '../../data/read/labelled.ts';
import type { LabelledTexts } from './problem.ts';

const mostShown = 3;

/** Whether the first row of a table counts as data although the recipe does not say that it has no header. */
const mayHaveHeader = ({ columns, header }: LabelledEntry): boolean =>
  header === undefined && typeof columns.label === 'number' && typeof columns.text === 'number';

/**
 * Reports labels that only one training text has: they can hardly be learned, and are often a sign of a header that was read
 * as a row, or of columns that were exchanged.
 */
export function loneLabelNotes({ labels, where }: LabelledTexts, entry: LabelledEntry): string[] {
  const rows = new Map<string, number | undefined>();
  for (const [row, several] of labels.entries()) {
    for (const label of several) rows.set(label, rows.has(label) ? undefined : row);
  }
  const lone = [...rows].flatMap(([label, row]) => (row === undefined ? [] : [{ label, row }]));
  if (lone.length === 0) return [];
  const shown = lone.slice(0, mostShown).map(({ label, row }) => `${JSON.stringify(label)} at ${where(row)}`);
  const more = lone.length > mostShown ? ', …' : '';
  const hint = lone[0]?.row === 0 && mayHaveHeader(entry) ? '; if the first row is a header, set header: true' : '';
  const have = lone.length === 1 ? 'has' : 'have';
  return [`${lone.length} of ${rows.size} labels ${have} a single text: ${shown.join(', ')}${more}${hint}`];
}
