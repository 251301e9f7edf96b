import type { Splits } from '../run/split.ts';
import type { TokenClassificationData } from './data.ts';
import type { InitialVectors } from './initial-vector.ts';
import type { TaggedWords } from './tagged-words.ts';

/** Information about the data for the user, one line each. */
export function tokenClassificationNotes(
  { labels, scheme, reader, repaired, merged }: TokenClassificationData,
  { train, validation, test }: Splits<TaggedWords>,
  vectors?: InitialVectors,
): string[] {
  const each = (noteOf: (set: TaggedWords, name: string) => string | readonly string[] | false) =>
    Object.entries({ training: train, validation, test }).flatMap(([name, set]) => (set && noteOf(set, name)) || []);
  const marks = scheme === 'none' ? '' : ` that mark spans in ${scheme}`;
  const beside = reader.characterSize === undefined ? '' : ` and ${reader.characterSize} characters`;
  return [
    `data: ${train.samples} sentences to train on, ${labels.length} tags${marks}, vocabulary of ${reader.size} tokens${beside}`,
    ...each(({ text }) => text.notes),
    ...merged.map((note) => `data: ${note}`),
    ...(repaired > 0 ? [`data: ${repaired} tags corrected to ${scheme}`] : []),
    ...(vectors ? [`data: ${vectors.size} words start from vectors of the file`] : []),
    ...each(({ words }, name) => {
      const share = ((100 * words.unknown) / words.all).toFixed(1);
      return words.unknown > 0 && `data: ${words.unknown} of ${words.all} ${name} words are unknown (${share} %)`;
    }),
    ...each(
      ({ divided }, name) =>
        divided > 0 &&
        `data: ${divided} ${name} sentences divided, longer than train.max_length or the model's positions`,
    ),
    ...each(
      ({ cut }, name) =>
        cut.length > 0 &&
        `data: ${cut.length} ${name} words cut, longer than train.max_length or the model's positions`,
    ),
  ];
}
