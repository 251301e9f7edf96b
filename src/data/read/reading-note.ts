/** What a file holds that is not read as it stands; one and several of them, and what becomes of them. */
const kinds = {
  blank: ['blank line skipped', 'blank lines skipped'],
  comment: ['comment skipped', 'comments skipped'],
  range: ['multiword range skipped', 'multiword ranges skipped'],
  emptyNode: ['empty node skipped', 'empty nodes skipped'],
  surrogate: ['lone surrogate replaced by U+FFFD', 'lone surrogates replaced by U+FFFD'],
} as const;

/** A kind of what is counted while a file is read. */
export type NotedKind = keyof typeof kinds;

/** Counts what of a file is skipped or replaced, so that it is reported. */
export class ReadingNotes {
  readonly #counts = new Map<NotedKind, number>();

  count(kind: NotedKind, times = 1): void {
    if (times > 0) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + times);
  }

  /** A line for every kind that was seen: `data train.csv: 3 blank lines skipped`. */
  lines(file: string): string[] {
    return [...this.#counts].map(([kind, times]) => {
      const [one, several] = kinds[kind];
      return `data ${file}: ${times} ${times === 1 ? one : several}`;
    });
  }
}
