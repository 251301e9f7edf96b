import { describe, expect, test } from 'vitest';
import {
  foreignTags,
  mayFollow,
  type SpanScheme,
  schemeOfTags,
  spanTags,
} from '../../src/models/heads/fields/span-scheme.ts';

/** Every sequence of so many of these. */
const every = (items: readonly string[], length: number): string[][] =>
  length === 0 ? [[]] : every(items, length - 1).flatMap((row) => items.map((item) => [...row, item]));

/** Every way to cover so many tokens with spans of two types and what is outside, written by a scheme. */
const written = (scheme: SpanScheme, length: number): string[][] => {
  if (length === 0) return [[]];
  const first = [
    ['O'],
    ...Array.from({ length }, (_, i) => ['X', 'Y'].map((type) => spanTags(scheme, type, i + 1))).flat(),
  ];
  return first.flatMap((tags) => written(scheme, length - tags.length).map((rest) => [...tags, ...rest]));
};

describe.each([
  ['BIO', 'BI'],
  ['BIOES', 'BIES'],
] as const)('%s allows', (scheme, prefixes) => {
  const tags = ['O', ...[...prefixes].flatMap((prefix) => [`${prefix}-X`, `${prefix}-Y`])];

  test.each([1, 2, 3])('exactly the tags of spans over %i tokens', (length) => {
    const isAllowed = (row: readonly string[]) =>
      [...row, undefined].every((tag, i) => mayFollow(scheme, row[i - 1], tag));
    const allowed = every(tags, length).filter(isAllowed);
    const wanted = [...new Set(written(scheme, length).map((row) => row.join(' ')))];
    expect(allowed.map((row) => row.join(' ')).sort()).toEqual(wanted.sort());
  });
});

test('without a scheme any tag may follow any', () => {
  expect(mayFollow('none', undefined, 'I-X')).toBe(true);
  expect(mayFollow('none', 'B-X', 'I-Y')).toBe(true);
});

test.each([
  [['B-PER', 'I-PER', 'O'], 'BIO'],
  [['O', 'B-기관'], 'BIO'],
  [['I-PER', 'O'], 'BIO'],
  [['B-PER', 'E-PER', 'O', 'S-LOC'], 'BIOES'],
  [['NOUN', 'VERB'], 'none'],
  [['O', 'B-PER', 'X'], 'none'],
  [['O'], 'none'],
  [['O-PER', 'B-PER'], 'none'],
  [['B-', 'O'], 'none'],
] as const)('%j tell the scheme %s', (tags, scheme) => {
  expect(schemeOfTags(tags)).toBe(scheme);
});

test('foreign to a scheme are tags that it has no prefix for', () => {
  expect(foreignTags(['O', 'B-X', 'E-X', 'NOUN'], 'BIO')).toEqual(['E-X', 'NOUN']);
  expect(foreignTags(['O', 'B-X', 'E-X', 'NOUN'], 'none')).toEqual([]);
});
