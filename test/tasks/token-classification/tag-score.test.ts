import { describe, expect, test } from 'vitest';
import { tagScoreNames, tagScores } from '../../../src/tasks/token-classification/tags/tag-score.ts';

const words = [['김', ' ', '구', '는'], ['가']];
const actual = [['B-PS', 'I-PS', 'I-PS', 'O'], ['O']];

describe('the scores of characters', () => {
  const options = { scheme: 'BIO', isOfCharacters: true } as const;

  test('leave blanks out: one with another tag costs nothing', () => {
    const predicted = [['B-PS', 'O', 'I-PS', 'O'], ['O']];
    expect(tagScores(predicted, actual, words, options)).toMatchObject({ accuracy: 1, f1: 1, f1_character: 1 });
    const strict = tagScores(predicted, actual, words, { ...options, isOfCharacters: false });
    expect(strict).toMatchObject({ accuracy: 4 / 5, f1: 0 });
    expect(Object.keys(strict)).not.toContain('f1_character');
  });

  test('are the mean of F1 over all tags, O too', () => {
    const predicted = [['B-PS', 'O', 'I-PS', 'I-PS'], ['O']];
    // B-PS: 1; I-PS: one of two right, none missed: 2/3; O: the one that was said is right, one of two found: 2/3.
    const { f1_character } = tagScores(predicted, actual, words, options);
    expect(f1_character).toBeCloseTo((1 + 2 / 3 + 2 / 3) / 3, 12);
  });

  test('have the names that are announced', () => {
    const names = Object.keys(tagScores(actual, actual, words, options)).filter((name) => name !== 'f1_signature');
    expect(names).toEqual(tagScoreNames(options));
  });
});

test('a mean over types counts a rare type like any other', () => {
  const right = [['B-A', 'B-A', 'B-A', 'B-B']];
  const predicted = [['B-A', 'B-A', 'B-A', 'O']];
  const { f1, f1_macro } = tagScores(predicted, right, [['a', 'b', 'c', 'd']], {
    scheme: 'BIO',
    isOfCharacters: false,
  });
  expect(f1).toBeCloseTo(6 / 7, 12);
  expect(f1_macro).toBeCloseTo(1 / 2, 12);
});

test('spans read strictly are none when they break the scheme', () => {
  const right = [['I-A', 'O']];
  const scores = (seqevalScheme?: 'IOB2') =>
    tagScores(right, right, [['a', 'b']], { scheme: 'BIO', isOfCharacters: false, seqevalScheme });
  expect([scores().f1, scores('IOB2').f1]).toEqual([1, 0]);
});
