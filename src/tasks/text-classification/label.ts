import { refuse } from '../../data/read/data-file.ts';
import { composedLabel, composedLabels } from '../model/label-form.ts';
import type { LabelledTexts, Target } from './problem.ts';

const isWhole = (label: string): boolean => /^-?\d+$/.test(label);

/** Compares whole numbers by value, with any number of digits, and equal ones by their code units. */
function byValue(a: string, b: string): number {
  const [first, second] = [BigInt(a), BigInt(b)];
  if (first !== second) return first < second ? -1 : 1;
  return a < b ? -1 : Number(a > b);
}

/** All labels in order: whole numbers by value, others by their code units. */
export function sortedLabels(labels: readonly (readonly string[])[]): string[] {
  const found = [...new Set(labels.flat())];
  return found.every(isWhole) ? found.sort(byValue) : found.sort();
}

/** Texts with their labels in NFC; labels of a text that are equal in NFC are merged. */
export const withComposedLabels = (text: LabelledTexts): LabelledTexts => ({
  ...text,
  labels: text.labels.map((several) => [...new Set(several.map(composedLabel))]),
});

/** Ids of labels in NFC; an unknown label is reported with its place. */
export function labelIds({ labels, where }: LabelledTexts, names: readonly string[]): Target[] {
  const ids = new Map(composedLabels(names, 'model').map((name, id) => [name, id]));
  const shown = `${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`;
  const unknown = labels.flatMap((several, i) =>
    several
      .filter((label) => !ids.has(label))
      .map((label) => `data ${where(i)}: expected one of the labels ${shown}, got ${JSON.stringify(label)}`),
  );
  refuse(unknown);
  return labels.map((several) => several.map((label) => ids.get(label) ?? 0));
}

/** The number of texts with each label. */
export function labelCounts(targets: readonly Target[], labels: number): number[] {
  const found = new Map<number, number>();
  for (const id of targets.flat()) found.set(id, (found.get(id) ?? 0) + 1);
  return Array.from({ length: labels }, (_, id) => found.get(id) ?? 0);
}
