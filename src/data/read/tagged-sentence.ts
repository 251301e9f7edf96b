/** A sentence and the tag of each word; both lists have the same length. */
export interface TaggedSentence {
  readonly words: readonly string[];
  readonly tags: readonly string[];
}

/** A sentence of a file, with the line of each word, from 1. */
export interface PlacedSentence extends TaggedSentence {
  readonly lines: readonly number[];
}

/** The result of parsing a file: sentences, faulty lines, and counts of what was skipped. */
export interface TaggedLines {
  readonly sentences: readonly PlacedSentence[];
  readonly violations: readonly string[];
  readonly notes: readonly string[];
}

/** Collects the words of one sentence after another. */
export class SentenceCollector {
  readonly sentences: PlacedSentence[] = [];
  #words: string[] = [];
  #tags: string[] = [];
  #lines: number[] = [];

  /** Words in the current sentence. */
  get length(): number {
    return this.#words.length;
  }

  add(word: string, tag: string, line: number): void {
    this.#words.push(word);
    this.#tags.push(tag);
    this.#lines.push(line);
  }

  /** Ends the current sentence if it has words. */
  close(): void {
    if (this.#words.length > 0) this.sentences.push({ words: this.#words, tags: this.#tags, lines: this.#lines });
    [this.#words, this.#tags, this.#lines] = [[], [], []];
  }
}
