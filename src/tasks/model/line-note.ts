import type { Prediction } from '../task.ts';

/** What is said of a text without tokens of its own, or only blanks. */
export const emptyNote = 'an empty text';

/** The notes about a line as one, if there are any. */
export function lineNote(...notes: readonly (string | undefined)[]): Pick<Prediction, 'note'> {
  const given = notes.filter((note) => note !== undefined);
  return given.length > 0 ? { note: given.join('; ') } : {};
}
