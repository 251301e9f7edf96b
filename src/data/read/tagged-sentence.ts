/** A sentence and the tag of each of its words; both have equal length. */
export interface TaggedSentence {
  readonly words: readonly string[];
  readonly tags: readonly string[];
}

/** A sentence as it stands in a file: with the line, from 1, of each word. */
export interface PlacedSentence extends TaggedSentence {
  readonly lines: readonly number[];
}

/** What a parser makes of the lines of a file: sentences, what is wrong with lines, and what of them is skipped. */
export interface TaggedLines {
  readonly sentences: readonly PlacedSentence[];
  readonly violations: readonly string[];
  readonly notes: readonly string[];
}

/** Collects the words of sentences one after the other. */
export class SentenceCollector {
  readonly sentences: PlacedSentence[] = [];
  #words: string[] = [];
  #tags: string[] = [];
  #lines: number[] = [];

  /** Words of the sentence that is still open. */
  get length(): number {
    return this.#words.length;
  }

  add(word: string, tag: string, line: number): void {
    this.#words.push(word);
    this.#tags.push(tag);
    this.#lines.push(line);
  }

  /** Ends the open sentence, if it has words. */
  close(): void {
    if (this.#words.length > 0) this.sentences.push({ words: this.#words, tags: this.#tags, lines: this.#lines });
    [this.#words, this.#tags, this.#lines] = [[], [], []];
  }
}
