/** Answers as SQuAD's own scripts score them; the values are those of test/golden/make/squad.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answerMatch, bestThreshold, normalizedAnswer, squadScores } from '../../src/measure/index.ts';

interface Best {
  readonly mean: number;
  readonly each: readonly number[];
  readonly best: { readonly score: number; readonly threshold: number };
}

const golden: {
  readonly normalized: Readonly<Record<string, string>>;
  readonly answerable: readonly {
    readonly predictions: readonly string[];
    readonly references: readonly string[][];
    readonly scores: Readonly<Record<string, number>>;
  }[];
  readonly doubtful: readonly {
    readonly predictions: readonly string[];
    readonly references: readonly string[][];
    readonly doubts: readonly number[];
    readonly exact: Best;
    readonly f1: Best;
  }[];
} = JSON.parse(readFileSync(new URL('../golden/metrics/squad.json', import.meta.url), 'utf8'));

test('an answer is compared in lower case, without punctuation, articles and blanks', () => {
  const cases = Object.entries(golden.normalized);
  expect(cases.length).toBeGreaterThan(60);
  for (const [text, wanted] of cases) expect(normalizedAnswer(text), text).toBe(wanted);
});

describe('exact match and F1', () => {
  test.each(golden.answerable)('of answers are those of torchmetrics: corpus %#', (corpus) => {
    const matches = corpus.predictions.map((text, i) => answerMatch(text, corpus.references[i]));
    const { exact_match, f1 } = squadScores(matches);
    expect(exact_match).toBeCloseTo(corpus.scores.exact_match, 4);
    expect(f1).toBeCloseTo(corpus.scores.f1, 4);
  });

  test.each(golden.doubtful)(
    'with questions that have no answer are those of evaluate-v2.0.py: corpus %#',
    (corpus) => {
      const matches = corpus.predictions.map((text, i) => answerMatch(text, corpus.references[i]));
      expect(matches.map(({ exact }) => exact)).toEqual(corpus.exact.each);
      for (const [i, { f1 }] of matches.entries()) expect(f1).toBeCloseTo(corpus.f1.each[i], 12);
      const questions = matches.map((match, i) => ({
        match,
        hasAnswer: corpus.references[i].length > 0,
        doubt: corpus.doubts[i],
      }));
      for (const name of ['exact', 'f1'] as const) {
        const found = bestThreshold(questions, name);
        expect(found.score).toBeCloseTo(corpus[name].best.score, 10);
        expect(found.threshold).toBe(corpus[name].best.threshold);
      }
    },
  );

  test('an empty answer is right where there is none, and wrong elsewhere', () => {
    expect(answerMatch('', [])).toEqual({ exact: 1, f1: 1 });
    expect(answerMatch('Denver', [])).toEqual({ exact: 0, f1: 0 });
    expect(answerMatch('', ['Denver'])).toEqual({ exact: 0, f1: 0 });
    expect(answerMatch('the', ['Denver', 'an'])).toEqual({ exact: 0, f1: 0 });
  });
});
