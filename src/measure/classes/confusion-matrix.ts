import { checkPredictions } from './prediction.ts';
import { sortedClasses } from './tally.ts';

/** `counts[i][j]`: how many examples of `classes[i]` were predicted as `classes[j]`. */
export interface ConfusionMatrix<T> {
  readonly classes: readonly T[];
  readonly counts: readonly (readonly number[])[];
}

/**
 * Counts labels against predictions: one row per label, one column per prediction.
 *
 * Classes are those that occur, in ascending order.
 *
 * Source: scikit-learn's `confusion_matrix`.
 * @throws {InputError} without predictions, or when predictions and labels differ in number.
 */
export function confusionMatrix<T extends string | number>(
  predictions: readonly T[],
  labels: readonly T[],
): ConfusionMatrix<T> {
  checkPredictions('confusion matrix', predictions, labels);
  const classes = sortedClasses([...labels, ...predictions]);
  const index = new Map(classes.map((name, i) => [name, i]));
  const counts = classes.map(() => new Array<number>(classes.length).fill(0));
  for (const [i, label] of labels.entries()) counts[index.get(label)!][index.get(predictions[i])!]++;
  return { classes, counts };
}

/**
 * A confusion matrix as lines of text: labels down, predictions across, numbers flush right.
 *
 * @example formatConfusionMatrix(confusionMatrix(['a', 'b', 'b'], ['a', 'a', 'b']))
 * // label \ predicted  a  b
 * // a                  1  1
 * // b                  0  1
 */
export function formatConfusionMatrix<T extends string | number>({ classes, counts }: ConfusionMatrix<T>): string {
  const corner = 'label \\ predicted';
  const first = [corner, ...classes.map(String)];
  const columns = classes.map((name, j) => [String(name), ...counts.map((row) => String(row[j]))]);
  const padded = [flush(first, 'left'), ...columns.map((cells) => flush(cells, 'right'))];
  return first.map((_, row) => padded.map((cells) => cells[row]).join('  ')).join('\n');
}

/** Pads cells to the width of the widest, in terminal columns. */
function flush(cells: readonly string[], side: 'left' | 'right'): string[] {
  const widest = Math.max(...cells.map(columnsOf));
  return cells.map((cell) => {
    const space = ' '.repeat(widest - columnsOf(cell));
    return side === 'left' ? cell + space : space + cell;
  });
}

/** East Asian letters and emoji take two terminal columns, combining marks none. */
function columnsOf(text: string): number {
  const wide = /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}]/u;
  return Array.from(text.normalize('NFC').replace(/\p{M}/gu, ''), (letter) => (wide.test(letter) ? 2 : 1)).reduce(
    (sum, width) => sum + width,
    0,
  );
}
