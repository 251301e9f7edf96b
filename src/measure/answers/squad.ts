import { itemAt } from '../../io/item-at.ts';
import { splitWords } from '../text/whitespace.ts';

/** Python's `string.punctuation`. */
const punctuation = /[!-/:-@[-`{-~]/g;

/** Articles as whole words; a word's end is Python's `\b`. */
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/**
 * An answer as SQuAD compares it: in lower case, without punctuation and English articles, with one space between words.
 *
 * Source: Rajpurkar et al. 2016, section 6.1; evaluate-v1.1.py, `normalize_answer`.
 */
export const normalizedAnswer = (text: string): string =>
  splitWords(text.toLowerCase().replace(punctuation, '').replace(articles, ' ')).join(' ');

/** How well an answer matches: exactly (0 or 1), and the F1 of its words, 0–1. */
export interface AnswerMatch {
  readonly exact: number;
  readonly f1: number;
}

/** F1 of the words of two normalized answers. Two answers without words are equal; one alone matches nothing. */
function wordF1(answer: string, reference: string): number {
  const [given, wanted] = [splitWords(answer), splitWords(reference)];
  if (given.length === 0 || wanted.length === 0) return given.length === wanted.length ? 1 : 0;
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of given) {
    const count = left.get(word) ?? 0;
    if (count > 0) shared++;
    left.set(word, count - 1);
  }
  return (2 * shared) / (given.length + wanted.length);
}

/**
 * How well an answer matches the best of its references. Without references the right answer is an empty one.
 *
 * Source: evaluate-v2.0.py, `get_raw_scores`: references of which the normalization leaves nothing do not count. The
 * script of version 1.1 counts them, and has an F1 of 0 where both sides are empty.
 */
export function answerMatch(answer: string, references: readonly string[]): AnswerMatch {
  const wanted = references.map(normalizedAnswer).filter((reference) => reference !== '');
  const given = normalizedAnswer(answer);
  const all = wanted.length > 0 ? wanted : [''];
  return {
    exact: all.includes(given) ? 1 : 0,
    f1: Math.max(...all.map((reference) => wordF1(given, reference))),
  };
}

/** The scores of answers, 0–100 as SQuAD's own scripts print them. */
export interface SquadScores {
  readonly exact_match: number;
  readonly f1: number;
}

const percent = (values: readonly number[]): number =>
  (100 * values.reduce((sum, value) => sum + value, 0)) / values.length;

/** The means of matches, in percent. */
export const squadScores = (matches: readonly AnswerMatch[]): SquadScores => ({
  exact_match: percent(matches.map(({ exact }) => exact)),
  f1: percent(matches.map(({ f1 }) => f1)),
});

/** A question that may have no answer: how well its best answer matches, and how likely it is that there is none. */
export interface DoubtfulMatch {
  /** Of the best answer that is not empty. */
  readonly match: AnswerMatch;
  readonly hasAnswer: boolean;
  /** Above a threshold, the question counts as one without an answer. */
  readonly doubt: number;
}

/** The best score that a threshold can give, in percent, and that threshold. */
export interface BestThreshold {
  readonly score: number;
  readonly threshold: number;
}

/**
 * The threshold of `doubt` with the best mean score: questions above it are left without an answer.
 *
 * Source: evaluate-v2.0.py, `find_best_thresh`.
 */
export function bestThreshold(questions: readonly DoubtfulMatch[], measure: keyof AnswerMatch): BestThreshold {
  const order = [...questions.keys()].sort(
    (a, b) => itemAt(questions, a, 'a question').doubt - itemAt(questions, b, 'a question').doubt,
  );
  let total = questions.filter(({ hasAnswer }) => !hasAnswer).length;
  let best = { total, threshold: 0 };
  for (const at of order) {
    const { match, hasAnswer, doubt } = itemAt(questions, at, 'a question');
    total += hasAnswer ? match[measure] : -1;
    if (total > best.total) best = { total, threshold: doubt };
  }
  return { score: (100 * best.total) / questions.length, threshold: best.threshold };
}
