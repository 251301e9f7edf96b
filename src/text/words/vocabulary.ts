import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';

/** The content of a vocabulary file. */
export type VocabularyJson = z.input<typeof vocabularyJson>;

const vocabularyJson = z.strictObject({
  pad_token: z.string().nullable(),
  unk_token: z.string().nullable(),
  lowercase: z.boolean(),
  /** In the order of their ids. */
  names: z.array(z.string()),
});

/** Special properties of a vocabulary. By default it has none. */
export interface VocabularyForm {
  /** The name used for padding; must be one of the names. */
  pad?: string | null;
  /** The name that stands for unknown ones; must be one of the names. */
  unk?: string | null;
  lowercase?: boolean;
}

/**
 * Names and their ids, which count from 0 without gaps: words, characters or labels.
 *
 * Words and characters have `<pad>` = 0 and `<unk>` = 1, and an unknown name has the id of `<unk>`. Labels have
 * neither, and an unknown label is an error. Names are compared in NFC, and in lower case if the vocabulary is
 * lower-cased.
 */
export class Vocabulary {
  readonly lowercase: boolean;
  /** Null for labels. */
  readonly padId: number | null;
  readonly unkId: number | null;
  readonly #names: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  /**
   * @param where the vocabulary's name in errors.
   * @throws {InputError} when a name occurs twice, or a special name is not among the names.
   */
  constructor(names: readonly string[], special: VocabularyForm = {}, where = 'vocabulary') {
    const { pad = null, unk = null, lowercase = false } = special;
    this.#names = names;
    this.#ids = new Map(names.map((name, id) => [name, id]));
    const twice = names.find((name, id) => this.#ids.get(name) !== id);
    if (twice !== undefined)
      throw new InputError(`${where}: expected different names, got ${JSON.stringify(twice)} twice`);
    const idOf = (name: string | null): number | null => {
      if (name === null) return null;
      const id = this.#ids.get(name);
      if (id !== undefined) return id;
      throw new InputError(`${where}: expected ${JSON.stringify(name)} among the names, got none`);
    };
    this.lowercase = lowercase;
    this.padId = idOf(pad);
    this.unkId = idOf(unk);
  }

  get size(): number {
    return this.#names.length;
  }

  /** Every name, at the index of its id. */
  get names(): readonly string[] {
    return this.#names;
  }

  has(name: string): boolean {
    return this.#ids.has(normalForm(name, this.lowercase));
  }

  /**
   * The id of a name, or of `<unk>` if it is unknown. The word `<pad>` in a text is unknown too: padding is never text.
   *
   * @throws {InputError} when the name is unknown and the vocabulary has no `<unk>`.
   */
  idOf(name: string): number {
    const id = this.#ids.get(normalForm(name, this.lowercase));
    if (id !== undefined && id !== this.padId) return id;
    if (this.unkId !== null) return this.unkId;
    const shown = this.size > 10 ? `one of ${this.size} labels` : `one of ${this.#names.join(', ')}`;
    throw new InputError(`vocabulary: expected ${shown}, got ${JSON.stringify(name)}${didYouMean(name, this.#names)}`);
  }

  /** @throws {InputError} when there is no such id. */
  nameOf(id: number): string {
    const name = this.#names[id];
    if (name !== undefined) return name;
    throw new InputError(`vocabulary: an id must be an integer in [0, ${this.size}), got ${id}`);
  }

  toJSON(): VocabularyJson {
    const nameAt = (id: number | null) => (id === null ? null : this.#names[id]);
    return {
      pad_token: nameAt(this.padId),
      unk_token: nameAt(this.unkId),
      lowercase: this.lowercase,
      names: [...this.#names],
    };
  }

  /**
   * Reads a vocabulary that `toJSON` wrote.
   *
   * @param where the file's name in errors.
   * @throws {InputError} when it is not a vocabulary, a name occurs twice, or a special name is not among the names.
   */
  static fromJSON(value: unknown, where: string): Vocabulary {
    const { names, pad_token: pad, unk_token: unk, lowercase } = check(vocabularyJson, value, where);
    return new Vocabulary(names, { pad, unk, lowercase }, where);
  }
}

/**
 * The form in which names are compared: NFC, so that Hangul jamo are syllables, and optionally lower case, with a final
 * sigma like any other.
 */
export function normalForm(text: string, lowercase: boolean): string {
  const composed = text.normalize('NFC');
  return lowercase ? composed.replaceAll('Σ', 'σ').toLowerCase() : composed;
}
