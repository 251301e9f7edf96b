import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracy } from '../../src/measure/classes/accuracy.ts';
import { corpusRouge } from '../../src/measure/rouge/rouge.ts';
import { BeamEditDistance } from '../../src/measure/text/edit-distance.ts';
import { corpusCer, corpusWer } from '../../src/measure/text/error-rate.ts';
import { exactMatch } from '../../src/measure/text/exact-match.ts';
import { splitWords, trim, trimEnd } from '../../src/measure/text/whitespace.ts';
import { corpusBleu, sentenceBleu } from '../../src/measure/translation/bleu.ts';
import { type BleuTokenizer, bleuTokenizers } from '../../src/measure/translation/bleu-tokenizer.ts';
import { corpusChrf } from '../../src/measure/translation/chrf.ts';
import { corpusTer } from '../../src/measure/translation/ter.ts';

const word = fc.constantFrom(
  'the',
  'The',
  'cat',
  "it's",
  '3,000.5',
  '(hi)',
  '학교에',
  '간다.',
  '天气',
  '😀',
  '—',
  '&lt;',
);
const sentence = fc.array(word, { minLength: 4, maxLength: 12 }).map((words) => words.join(' '));
const corpus = fc.array(sentence, { minLength: 1, maxLength: 5 });
const pair = fc
  .array(fc.tuple(sentence, sentence), { minLength: 1, maxLength: 5 })
  .map((rows) => ({ hyps: rows.map(([hyp]) => hyp), refs: rows.map(([, ref]) => ref) }));
const tokenizers = Object.keys(bleuTokenizers) as BleuTokenizer[];

describe('every score', () => {
  it('is perfect for text that is its own reference', () => {
    fc.assert(
      fc.property(corpus, (lines) => {
        for (const tokenize of tokenizers) expect(corpusBleu(lines, [lines], { tokenize }).score).toBeCloseTo(100, 9);
        expect(corpusChrf(lines, [lines]).score).toBeCloseTo(100, 9);
        expect(corpusChrf(lines, [lines], { wordOrder: 2 }).score).toBeCloseTo(100, 9);
        expect(corpusTer(lines, [lines]).score).toBe(0);
        expect(exactMatch(lines, [lines])).toBe(1);
        expect(accuracy(lines, lines)).toBe(1);
        expect(corpusRouge(lines, [lines], { tokenize: 'char' })).toMatchObject({ rouge2: 1, rougeL: 1, rougeLsum: 1 });
        expect([corpusWer(lines, lines).score, corpusCer(lines, lines).score]).toEqual([0, 0]);
      }),
    );
  });

  it('stays within its range', () => {
    fc.assert(
      fc.property(pair, ({ hyps, refs }) => {
        for (const { score } of [corpusBleu(hyps, [refs]), corpusChrf(hyps, [refs])]) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(100 + 1e-9);
        }
        expect(corpusTer(hyps, [refs]).score).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('does not depend on the order of segments', () => {
    fc.assert(
      fc.property(pair, ({ hyps, refs }) => {
        const [h, r] = [hyps.toReversed(), refs.toReversed()];
        expect(corpusBleu(h, [r]).score).toBe(corpusBleu(hyps, [refs]).score);
        expect(corpusChrf(h, [r]).score).toBe(corpusChrf(hyps, [refs]).score);
        expect(corpusTer(h, [r]).score).toBe(corpusTer(hyps, [refs]).score);
      }),
    );
  });

  it('is perfect when any one of the references is the hypothesis', () => {
    fc.assert(
      fc.property(pair, ({ hyps, refs }) => {
        expect(corpusBleu(hyps, [refs, hyps]).score).toBeCloseTo(100, 9);
        expect(corpusChrf(hyps, [refs, hyps]).score).toBeCloseTo(100, 9);
        expect(corpusTer(hyps, [refs, hyps]).score).toBe(0);
        expect(exactMatch(hyps, [refs, hyps])).toBe(1);
      }),
    );
  });

  it('with lowercase is that of the lower-cased text', () => {
    fc.assert(
      fc.property(pair, ({ hyps, refs }) => {
        const lower = (lines: string[]) => lines.map((line) => line.toLowerCase());
        const [h, r] = [lower(hyps), lower(refs)];
        expect(corpusBleu(hyps, [refs], { lowercase: true }).score).toBe(corpusBleu(h, [r]).score);
        expect(corpusChrf(hyps, [refs], { lowercase: true }).score).toBe(corpusChrf(h, [r]).score);
        expect(corpusTer(hyps, [refs]).score).toBe(corpusTer(h, [r], { caseSensitive: true }).score);
      }),
    );
  });
});

describe('BLEU', () => {
  it('of a corpus of one sentence is the sentence score with the same options', () => {
    fc.assert(
      fc.property(sentence, sentence, (hyp, ref) => {
        expect(sentenceBleu(hyp, [ref], { effectiveOrder: false })).toEqual(corpusBleu([hyp], [[ref]]));
      }),
    );
  });

  it('counts no more matches than n-grams, and no n-gram order more often than the one below', () => {
    fc.assert(
      fc.property(pair, ({ hyps, refs }) => {
        const { counts, totals } = corpusBleu(hyps, [refs], { smoothMethod: 'none' });
        counts.forEach((count, n) => expect(count).toBeLessThanOrEqual(totals[n]));
        totals.slice(1).forEach((total, n) => expect(total).toBeLessThanOrEqual(totals[n]));
      }),
    );
  });
});

describe('tokenizers', () => {
  it('keep every character that is not white space, except the entities of 13a', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (line) => {
        const bare = (text: string) => splitWords(text).join('');
        for (const name of ['char', 'intl', 'zh', 'none'] as const) {
          expect(bare(bleuTokenizers[name](line)), name).toBe(bare(line));
        }
        if (!/&|<skipped>|-\n/u.test(line)) expect(bare(bleuTokenizers['13a'](line))).toBe(bare(line));
      }),
    );
  });

  it('take surrogate pairs for one character', () => {
    expect(bleuTokenizers.char('😀가')).toBe('😀 가');
    expect(corpusChrf(['😀'], [['😁']]).score).toBe(0);
  });
});

describe('white space', () => {
  it("is that of Python's str.split: with U+001C to U+001F and U+0085, without U+FEFF and U+200B", () => {
    expect(splitWords('\u0085a\u001cb\u001fc\u3000\ufeff\u200bd ')).toEqual(['a', 'b', 'c', '\ufeff\u200bd']);
  });

  it('is trimmed from the end only by trimEnd, from both ends by trim', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(' ', '\t', '\u0085', '\u3000', 'a', '😀') }), (text) => {
        const words = splitWords(text);
        const end = trimEnd(text);
        expect(text.startsWith(end)).toBe(true);
        expect(splitWords(end)).toEqual(words);
        expect(end.endsWith(words.at(-1) ?? '')).toBe(true);
        expect(text.includes(trim(text))).toBe(true);
        expect(trim(text).startsWith(words[0] ?? '') && (words.length > 0 || trim(text) === '')).toBe(true);
      }),
    );
  });
});

describe('edit distance', () => {
  it('of equal costs prefers to substitute, then to delete', () => {
    expect(new BeamEditDistance(['z']).path(['x', 'y'])).toEqual(['delete', 'substitute']);
    expect(new BeamEditDistance(['y', 'x']).path(['x', 'y'])).toEqual(['substitute', 'substitute']);
  });

  it('compares 25 words around the diagonal, and more only if the reference is 50 times as long', () => {
    const reference = (length: number) =>
      Array.from({ length }, (_, i) => (i === 3 ? 'a' : i === Math.floor(0.75 * length) ? 'b' : '-'));
    // The diagonal of the first of two words is at half of the reference: its 'a', the fourth, is out of sight of 30.
    expect(new BeamEditDistance(reference(60)).distance(['a', 'b'])).toBe(59);
    expect(new BeamEditDistance(reference(50)).distance(['a', 'b'])).toBe(48);
    expect(new BeamEditDistance(reference(110)).distance(['a', 'b'])).toBe(108);
  });

  const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 10 });

  it('is the length of its path, which turns the hypothesis into the reference', () => {
    fc.assert(
      fc.property(words, words, (hypothesis, reference) => {
        const search = new BeamEditDistance(reference);
        const path = search.path(hypothesis);
        expect(path.filter((edit) => edit !== 'keep')).toHaveLength(search.distance(hypothesis));
        expect(path.filter((edit) => edit !== 'insert')).toHaveLength(hypothesis.length);
        expect(path.filter((edit) => edit !== 'delete')).toHaveLength(reference.length);
      }),
    );
  });

  it('is the same whatever was asked before', () => {
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 6 }), words, (hypotheses, reference) => {
        const search = new BeamEditDistance(reference);
        for (const hypothesis of hypotheses) {
          expect(search.distance(hypothesis)).toBe(new BeamEditDistance(reference).distance(hypothesis));
        }
      }),
    );
  });
});
