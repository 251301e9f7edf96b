import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commonLength, commonPositions } from '../../src/measure/rouge/longest-subsequence.ts';
import { porterStem } from '../../src/measure/rouge/porter-stemmer.ts';
import { corpusRouge, rougeN, rougeTypes, textRouge } from '../../src/measure/rouge/rouge.ts';
import { rougeTokenizers } from '../../src/measure/rouge/tokenizer.ts';

interface GoldenRates {
  precision: number;
  recall: number;
  fmeasure: number;
}

type GoldenTypes = Record<(typeof rougeTypes)[number] | 'rouge3', GoldenRates>;

interface Golden {
  cases: { target: string; prediction: string; plain: GoldenTypes; stem: GoldenTypes }[];
  porter: Record<string, string>;
}

const file = new URL('../golden/metrics/rouge.json', import.meta.url);
const golden: Golden = JSON.parse(readFileSync(file, 'utf8'));

/** The golden's rates in our words. */
const named = ({ precision, recall, fmeasure }: GoldenRates) => ({ precision, recall, f1: fmeasure });

function expectRates(actual: object, expected: GoldenRates): void {
  for (const [name, value] of Object.entries(named(expected))) {
    expect(Math.abs(Reflect.get(actual, name) - value), name).toBeLessThanOrEqual(1e-12);
  }
}

describe('google-research rouge_score', () => {
  it('has a golden of 19 pairs and 193 words', () => {
    expect(golden.cases).toHaveLength(19);
    expect(Object.keys(golden.porter)).toHaveLength(193);
  });

  it.each(golden.cases)('gives "$prediction" for "$target" these rates, stemmed and not', (entry) => {
    for (const stem of [false, true]) {
      const rates = textRouge(entry.prediction, [entry.target], { stem });
      const expected = stem ? entry.stem : entry.plain;
      for (const type of rougeTypes) expectRates(rates[type], expected[type]);
    }
    const [prediction, target] = [entry.prediction, entry.target].map(rougeTokenizers.rouge);
    expectRates(rougeN(prediction, target, 3), entry.plain.rouge3);
  });

  it('has the stems of NLTK', () => {
    const stems = Object.fromEntries(Object.keys(golden.porter).map((word) => [word, porterStem(word)]));
    expect(stems).toEqual(golden.porter);
  });
});

describe('porterStem', () => {
  it.each([
    ['dies', 'die'],
    ['died', 'die'],
    ['studied', 'studi'],
    ['enjoy', 'enjoy'],
    ['try', 'tri'],
    ['rationalli', 'ration'],
    ['relationalli', 'relat'],
    ['theologi', 'theolog'],
    ['possibli', 'possibl'],
    ['hopefulli', 'hope'],
    ['use', 'use'],
    ['used', 'use'],
    ['proceed', 'proceed'],
    ['as', 'as'],
    ['학교에서', '학교에서'],
  ])('takes %s for %s', (word, stem) => {
    expect(porterStem(word)).toBe(stem);
  });
});

describe('the longest common subsequence', () => {
  it('is as long as its positions are many', () => {
    const [a, b] = ['a b c b d a b', 'b d c a b a'].map((text) => text.split(' '));
    expect(commonLength(a, b)).toBe(4);
    expect(commonPositions(a, b)).toHaveLength(4);
  });

  it('leaves out a token of the first before one of the second', () => {
    expect(commonPositions(['a', 'b'], ['b', 'a'])).toEqual([0]);
  });
});

describe('corpusRouge', () => {
  const hyps = ['the cat sat', 'a dog'];
  const refs = ['the cat sat', 'the dog'];

  it('is the mean over texts', () => {
    const score = corpusRouge(hyps, [refs]);
    expect(score).toMatchObject({ name: 'rougeL', score: 0.75, rouge1: 0.75, rouge2: 0.5, rougeL: 0.75 });
    expect(score.verbose).toBe('(rouge1 = 0.7500 rouge2 = 0.5000 rougeLsum = 0.7500)');
    expect(score.signature).toMatch(/^nrefs:1\|tok:rouge\|stem:no\|version:/);
  });

  it('takes of several references the best, for each type on its own', () => {
    const text = ['a b c d'];
    const shuffled = 'd c b a';
    const part = 'a b x y z';
    const rates = textRouge(text[0], [shuffled, part]);
    expect(rates.rouge1.f1).toBe(1);
    expect(rates.rouge2).toEqual(textRouge(text[0], [part]).rouge2);
    expect(rates.rougeL).toEqual(textRouge(text[0], [part]).rougeL);
    expect(corpusRouge(text, [[shuffled], [part]]).rates).toEqual(rates);
  });

  it('takes the first of references with one F', () => {
    const [short, long] = ['a', 'a b c d'];
    expect(textRouge('a b', [short, long]).rouge1).toMatchObject({ precision: 0.5, recall: 1 });
    expect(textRouge('a b', [long, short]).rouge1).toMatchObject({ precision: 1, recall: 0.5 });
  });

  it('stems words of four letters and more', () => {
    expect(textRouge('cats', ['cat'], { stem: true }).rouge1.f1).toBe(1);
    expect(textRouge('bus', ['bu'], { stem: true }).rouge1.f1).toBe(0);
  });

  it('sees sentences in ROUGE-Lsum only', () => {
    const { rougeL, rougeLsum } = textRouge('c d\na b', ['a b\nc d']);
    expect([rougeL.f1, rougeLsum.f1]).toEqual([0.5, 1]);
  });

  it('counts no token more often than the hypothesis has it', () => {
    expect(textRouge('the cat', ['the cat\nthe dog']).rougeLsum).toEqual({ precision: 1, recall: 0.5, f1: 2 / 3 });
  });

  it('reads Korean with unicode and char, and warns where rouge sees nothing', () => {
    const [korean, other] = ['나는 학교에 간다.', '나는 집에 간다.'];
    expect(rougeTokenizers.unicode(korean)).toEqual(['나는', '학교에', '간다']);
    expect(rougeTokenizers.char('가 A.\n😀')).toEqual(['가', 'a', '.', '😀']);
    expect(rougeTokenizers.unicode('Ünïté 5kg हिन्दी')).toEqual(['ünïté', '5kg', 'हिन्दी']);
    expect(corpusRouge([korean], [[other]], { tokenize: 'unicode' }).rouge1).toBeCloseTo(2 / 3, 12);
    expect(corpusRouge([korean], [[other]], { tokenize: 'char' }).rouge1).toBeCloseTo(12 / 15, 12);
    expect(corpusRouge([korean, 'a'], [[other, 'a']]).warnings).toEqual([
      'in 1 of 2 pairs a text has letters, but none of a–z: use the tokenizer unicode or char',
    ]);
    expect(corpusRouge([korean, '...'], [[other, 'a']], { tokenize: 'unicode' }).warnings).toEqual([]);
    expect(corpusRouge(['...'], [['a']]).warnings).toEqual([]);
  });
});
