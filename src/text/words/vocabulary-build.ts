import { InputError } from '../../io/error.ts';
import { normalForm, Vocabulary } from './vocabulary.ts';

const PAD = '<pad>';
const UNK = '<unk>';

export interface VocabularyOptions {
  /** Rarer names are unknown. Default 1. */
  min_frequency?: number | undefined;
  /** Names in all, including `<pad>` and `<unk>`; the most frequent are kept. Default: no limit. */
  max_size?: number | undefined;
  lowercase?: boolean | undefined;
}

/**
 * The words of sentences: `<pad>` = 0, `<unk>` = 1, then by falling frequency; equally frequent words are in code unit
 * order.
 *
 * @throws {InputError} when an option is out of range.
 */
export function wordVocabulary(sentences: Iterable<readonly string[]>, options: VocabularyOptions = {}): Vocabulary {
  const { min_frequency = 1, max_size = Number.POSITIVE_INFINITY, lowercase = false } = options;
  if (!Number.isInteger(min_frequency) || min_frequency < 1) {
    throw new InputError(`vocabulary: min_frequency must be an integer ≥ 1, got ${min_frequency}`);
  }
  if (!(max_size >= 2) || !(Number.isInteger(max_size) || max_size === Number.POSITIVE_INFINITY)) {
    throw new InputError(`vocabulary: max_size must be an integer of at least 2 (${PAD} and ${UNK}), got ${max_size}`);
  }
  const counts = new Map<string, number>();
  for (const words of sentences) {
    for (const word of words) {
      const name = normalForm(word, lowercase);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  for (const special of [PAD, UNK]) counts.delete(special);
  const names = [...counts]
    .filter(([, count]) => count >= min_frequency)
    .sort(([a, n], [b, m]) => (n === m ? (a < b ? -1 : 1) : m - n))
    .slice(0, max_size - 2)
    .map(([name]) => name);
  return new Vocabulary([PAD, UNK, ...names], { pad: PAD, unk: UNK, lowercase });
}

/** The characters of texts, as {@link charactersOf} splits them; otherwise like {@link wordVocabulary}. */
export function characterVocabulary(texts: Iterable<string>, options: VocabularyOptions = {}): Vocabulary {
  return wordVocabulary(map(texts, charactersOf), options);
}

/** The Unicode code points of a text in NFC: a Hangul syllable is one, even if it was written as jamo. */
export function charactersOf(text: string): string[] {
  return [...text.normalize('NFC')];
}

/**
 * Labels: whole numbers in numerical order, so that 0 … N − 1 are their own ids; other labels in code unit order. There
 * is no padding and no unknown label.
 *
 * @throws {InputError} when there are no labels.
 */
export function labelVocabulary(labels: Iterable<string>): Vocabulary {
  const names = [...new Set(map(labels, (label) => normalForm(label, false)))];
  if (names.length === 0) throw new InputError('vocabulary: expected labels, got none');
  const isNumbered = names.every((name) => /^(0|[1-9]\d*)$/.test(name));
  return new Vocabulary(names.sort(isNumbered ? (a, b) => Number(a) - Number(b) : (a, b) => (a < b ? -1 : 1)));
}

function* map<A, B>(items: Iterable<A>, change: (item: A) => B): Generator<B> {
  for (const item of items) yield change(item);
}
