/** A character of a changed text, and what it does to the text before the change. */
export interface Change {
  readonly character: string;
  /** 0 replaces a character, 1 is inserted after the one before, −n replaces one and removes n more. */
  readonly change: number;
}

/**
 * A text that normalization has changed, with the place in the original text of each of its UTF-16 units. Places are
 * code points.
 *
 * Source: tokenizers 0.23 tokenizer/normalizer.rs (`NormalizedString`), whose alignments this follows in every case.
 */
export class PlacedText {
  readonly text: string;
  /** The place where this text begins in the original. */
  readonly origin: number;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  private constructor(text: string, origin: number, starts: Int32Array, ends: Int32Array) {
    this.text = text;
    this.origin = origin;
    this.#starts = starts;
    this.#ends = ends;
  }

  /** A text that nothing has changed. */
  static of(text: string): PlacedText {
    const starts = new Int32Array(text.length);
    const ends = new Int32Array(text.length);
    let place = 0;
    for (let at = 0; at < text.length; place++) {
      for (const next = at + widthAt(text, at); at < next; at++) {
        starts[at] = place;
        ends[at] = place + 1;
      }
    }
    return new PlacedText(text, 0, starts, ends);
  }

  /** The place of a part, in UTF-16 units, that is not empty. */
  place(start: number, end: number): readonly [start: number, end: number] {
    return [this.#starts[start], this.#ends[end - 1]];
  }

  /** A part, in UTF-16 units. It begins where its first character does. */
  slice(start: number, end: number): PlacedText {
    return this.#part(start, end, start < end ? this.#starts[start] : this.origin);
  }

  /** The text without what is before `start` and after `end`, in UTF-16 units. It begins where it did. */
  keep(start: number, end: number): PlacedText {
    return this.#part(start, end, this.origin);
  }

  #part(start: number, end: number, origin: number): PlacedText {
    const starts = this.#starts.subarray(start, end);
    return new PlacedText(this.text.slice(start, end), origin, starts, this.#ends.subarray(start, end));
  }

  /** The same characters written in another way, each in as many units as before. */
  rewrite(text: string): PlacedText {
    return new PlacedText(text, this.origin, this.#starts, this.#ends);
  }

  /** The text made of `changes`. `removed` is the number of characters removed before the first of them. */
  transform(changes: Iterable<Change>, removed = 0): PlacedText {
    let text = '';
    const starts: number[] = [];
    const ends: number[] = [];
    let at = this.#after(0, removed);
    for (const { character, change } of changes) {
      const from = change > 0 ? at - 1 : at;
      // Rust has (0, 0), relative to this part, where there is no character before.
      const [start, end] = from < 0 ? [this.origin, this.origin] : this.#placeAt(from);
      text += character;
      for (let unit = 0; unit < character.length; unit++) {
        starts.push(start);
        ends.push(end);
      }
      if (change <= 0) at = this.#after(at, 1 - change);
    }
    return new PlacedText(text, this.origin, Int32Array.from(starts), Int32Array.from(ends));
  }

  /** The characters that `keep` accepts. */
  filter(keep: (character: string) => boolean): PlacedText {
    return this.#rebuilt(function* (text) {
      for (let at = 0; at < text.length; ) {
        const next = at + widthAt(text, at);
        if (keep(text.slice(at, next))) yield { start: at, end: next };
        at = next;
      }
    });
  }

  /** Replaces each match; the content takes the place of the last character that it replaces. */
  replace(pattern: RegExp, content: string): PlacedText {
    return this.#rebuilt(function* (text) {
      let done = 0;
      for (const { 0: match, index } of text.matchAll(pattern)) {
        yield { start: done, end: index };
        done = index + match.length;
        yield { start: done - 1, end: done, content };
      }
      yield { start: done, end: text.length };
    });
  }

  /** The text with `content` before it, in the place of its first character. */
  prepend(content: string): PlacedText {
    if (this.text === '') return this;
    const first = widthAt(this.text, 0);
    return this.#rebuilt(function* (text) {
      yield { start: 0, end: first, content: content + text.slice(0, first) };
      yield { start: first, end: text.length };
    });
  }

  /** Parts of this text one after the other; `content` stands in the place of the last unit of its part. */
  #rebuilt(parts: (text: string) => Iterable<{ start: number; end: number; content?: string }>): PlacedText {
    let text = '';
    const starts: number[] = [];
    const ends: number[] = [];
    for (const { start, end, content } of parts(this.text)) {
      text += content ?? this.text.slice(start, end);
      const length = content?.length ?? end - start;
      for (let unit = 0; unit < length; unit++) {
        const from = content === undefined ? start + unit : end - 1;
        starts.push(from < 0 ? this.origin : this.#starts[from]);
        ends.push(from < 0 ? this.origin : this.#ends[from]);
      }
    }
    return new PlacedText(text, this.origin, Int32Array.from(starts), Int32Array.from(ends));
  }

  #placeAt(unit: number): readonly [number, number] {
    const last = Math.min(unit, this.text.length - 1);
    return last < 0 ? [this.origin, this.origin] : [this.#starts[last], this.#ends[last]];
  }

  /** The unit after `count` characters from `at`. */
  #after(at: number, count: number): number {
    let unit = at;
    for (let done = 0; done < count && unit < this.text.length; done++) unit += widthAt(this.text, unit);
    return unit;
  }
}

/** The number of UTF-16 units of the character at `at`. */
function widthAt(text: string, at: number): 1 | 2 {
  const code = text.charCodeAt(at);
  if (code < 0xd800 || code > 0xdbff || at + 1 >= text.length) return 1;
  const next = text.charCodeAt(at + 1);
  return next >= 0xdc00 && next <= 0xdfff ? 2 : 1;
}
