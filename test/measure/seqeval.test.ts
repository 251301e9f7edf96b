import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import type { Rates } from '../../src/measure/classes/rates.ts';
import { entitiesOf, type SeqevalScore, seqeval } from '../../src/measure/tags/seqeval.ts';
import type { TagSchemeName } from '../../src/measure/tags/tag-scheme.ts';

type GoldenAverage = Record<keyof Rates, number | null>;
type GoldenTypes = Record<string, Record<'precision' | 'recall' | 'f1-score' | 'support', number>>;

interface GoldenScores {
  micro: GoldenAverage;
  macro: GoldenAverage;
  weighted: GoldenAverage;
  per_type: GoldenTypes;
}

interface GoldenCase {
  name: string;
  y_true: string[][];
  y_pred: string[][];
  accuracy: number;
  entities_true: [string, number, number][];
  entities_pred: [string, number, number][];
  default: GoldenScores;
  strict_IOB2?: GoldenScores;
  strict_IOBES?: GoldenScores;
}

interface SchemeCase extends GoldenScores {
  scheme: TagSchemeName;
  y_true: string[][];
  y_pred: string[][];
  accuracy: number;
  entities_true: [string, number, number][][];
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../golden/metrics/${name}`, import.meta.url), 'utf8'));
const lenient: { cases: GoldenCase[] } = read('seqeval.json');
const strict: { cases: SchemeCase[] } = read('seqeval_schemes.json');

/** An average over no types is NaN (null) there and 0 here. */
const zeroForNaN = (average: GoldenAverage) =>
  Object.fromEntries(Object.entries(average).map(([rate, value]) => [rate, expect.closeTo(value ?? 0, 12)]));

function expectScores(actual: SeqevalScore, expected: GoldenScores): void {
  for (const average of ['micro', 'macro', 'weighted'] as const) {
    expect(actual[average], average).toEqual(zeroForNaN(expected[average]));
  }
  const types = Object.entries(expected.per_type).map(([type, { 'f1-score': f1, support, ...rates }]) => [
    type,
    { ...zeroForNaN({ ...rates, f1 }), support },
  ]);
  expect(actual.types).toEqual(Object.fromEntries(types));
}

const triples = (tags: string[], scheme?: TagSchemeName) =>
  entitiesOf(tags, scheme).map(({ type, start, end }) => [type, start, end]);

describe('seqeval 1.2.2', () => {
  it('has goldens of 12 corpora leniently read, and of 18 in every strict scheme', () => {
    expect(lenient.cases).toHaveLength(12);
    expect(strict.cases).toHaveLength(18);
    expect(new Set(strict.cases.map(({ scheme }) => scheme)).size).toBe(6);
  });

  it.each(lenient.cases)('has the scores of $name', (entry) => {
    const scores = seqeval(entry.y_pred, entry.y_true);
    expectScores(scores, entry.default);
    expect(scores.accuracy).toBeCloseTo(entry.accuracy, 12);
    expect(scores.score).toBe(scores.micro.f1);
    for (const scheme of ['IOB2', 'IOBES'] as const) {
      const expected = entry[`strict_${scheme}`];
      if (expected) expectScores(seqeval(entry.y_pred, entry.y_true, { scheme }), expected);
    }
  });

  it.each(lenient.cases)('has the entities of $name', (entry) => {
    // The golden counts positions over all sentences, an O after each.
    const flat = (sentences: string[][]) => sentences.flatMap((tags) => [...tags, 'O']);
    expect(triples(flat(entry.y_true))).toEqual(entry.entities_true);
    expect(triples(flat(entry.y_pred))).toEqual(entry.entities_pred);
  });

  it.each(strict.cases)('has scores and entities strictly read by $scheme, case $#', (entry) => {
    const scores = seqeval(entry.y_pred, entry.y_true, { scheme: entry.scheme });
    expectScores(scores, entry);
    expect(scores.accuracy).toBeCloseTo(entry.accuracy, 12);
    expect(entry.y_true.map((tags) => triples(tags, entry.scheme))).toEqual(entry.entities_true);
  });
});

describe('entities', () => {
  it('leniently read start at any I, strictly at B only', () => {
    expect(entitiesOf(['O', 'I-PER', 'I-PER'])).toEqual([{ type: 'PER', start: 1, end: 2 }]);
    expect(entitiesOf(['O', 'I-PER', 'I-PER'], 'IOB2')).toEqual([]);
  });

  it('leniently read end at E, and at S', () => {
    const ends = (tags: string[]) => entitiesOf(tags).map(({ end }) => end);
    expect(ends(['B-X', 'E-X', 'I-X', 'S-X', 'I-X', 'O'])).toEqual([1, 2, 3, 4]);
  });

  it('keep hyphens in their type, and have none where the tag is a prefix alone', () => {
    expect(entitiesOf(['B-A-B', 'B', 'I'])).toEqual([
      { type: 'A-B', start: 0, end: 0 },
      { type: '_', start: 1, end: 2 },
    ]);
  });
});

describe('seqeval', () => {
  it('prints mode and scheme as a signature', () => {
    const tags = [['B-PER', 'O']];
    expect(seqeval(tags, tags).signature).toMatch(/^nrefs:1\|mode:default\|version:/);
    expect(seqeval(tags, tags, { scheme: 'IOB2' }).signature).toMatch(/^nrefs:1\|mode:strict\|scheme:IOB2\|/);
    expect(seqeval(tags, tags).verbose).toBe(
      '(precision = 1.0000 recall = 1.0000 f1_macro = 1.0000 accuracy = 1.0000)',
    );
  });

  it.each([
    [() => seqeval([['O']], []), /predictions: expected as many sentences as references \(0\), got 1/],
    [() => seqeval([['O'], []], [['O'], ['O']]), /predictions:2: expected as many tags as references:2 \(1\), got 0/],
    [() => seqeval([[]], [[]]), /references: has no tags/],
    [() => seqeval([['O']], [['NOUN']]), /references:1: expected tags O, B-TYPE, .*, got "NOUN", at tag 1/],
    [() => seqeval([['O', 'U-X']], [['O', 'O']]), /predictions:1: .*, got "U-X", at tag 2/],
    [() => seqeval([['E-X']], [['O']], { scheme: 'IOB2' }), /expected tags O, B-TYPE, I-TYPE, got "E-X"/],
    [() => seqeval([['B-']], [['O']]), /got "B-"/],
    [() => seqeval([['O-X']], [['O']]), /got "O-X"/],
    [() => seqeval([['']], [['O']]), /got ""/],
  ])('refuses wrong input and says where, case %#', (call, message) => {
    expect(call).toThrow(InputError);
    expect(call).toThrow(message);
  });
});
