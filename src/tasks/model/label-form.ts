import { InputError } from '../../io/error.ts';

/** A label or tag as it is stored: in NFC, so that labels that look alike are equal. */
export const composedLabel = (label: string): string => label.normalize('NFC');

/** A note about labels written in several Unicode forms; undefined if there are none. `what`: `labels`. */
export function mergedNotes(what: string, written: Iterable<string>): string[] {
  const forms = new Map<string, number>();
  for (const label of new Set(written)) {
    forms.set(composedLabel(label), (forms.get(composedLabel(label)) ?? 0) + 1);
  }
  const merged = [...forms].flatMap(([label, count]) => (count > 1 ? [label] : [])).sort();
  if (merged.length === 0) return [];
  const shown = `${merged.slice(0, 10).join(', ')}${merged.length > 10 ? ', …' : ''}`;
  return [`${merged.length} ${what} are written in several Unicode forms; each is counted as one, in NFC: ${shown}`];
}

/**
 * The labels of a model in NFC, whatever their form in its folder.
 *
 * @throws {InputError} when two of them are equal in NFC.
 */
export function composedLabels(labels: readonly string[], where: string): string[] {
  const composed = labels.map(composedLabel);
  const twice = composed.find((label, at) => composed.indexOf(label) !== at);
  if (twice === undefined) return composed;
  throw new InputError(`${where}: expected labels that differ in NFC, got ${JSON.stringify(twice)} twice`);
}
