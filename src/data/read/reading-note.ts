/** What can be skipped or replaced while a file is read: the words for one and for several. */
const kinds = {
  blank: ['blank line skipped', 'blank lines skipped'],
  comment: ['comment skipped', 'comments skipped'],
  range: ['multiword range skipped', 'multiword ranges skipped'],
  emptyNode: ['empty node skipped', 'empty nodes skipped'],
  answer: ['answer with blanks around it, trimmed', 'answers with blanks around them, trimmed'],
  surrogate: ['lone surrogate replaced by U+FFFD', 'lone surrogates replaced by U+FFFD'],
} as const;

/** A kind of thing that is skipped or replaced. */
export type NotedKind = keyof typeof kinds;

/** Counts what is skipped or replaced while a file is read, for its report. */
export class ReadingNotes {
  readonly #counts = new Map<NotedKind, number>();

  count(kind: NotedKind, times = 1): void {
    if (times > 0) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + times);
  }

  /** One message per kind that occurred: `data train.csv: 3 blank lines skipped`. */
  lines(file: string): string[] {
    return [...this.#counts].map(([kind, times]) => {
      const [one, several] = kinds[kind];
      return `data ${file}: ${times} ${times === 1 ? one : several}`;
    });
  }
}
