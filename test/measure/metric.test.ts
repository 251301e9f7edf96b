import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { accuracy } from '../../src/measure/classes/accuracy.ts';
import { metrics, scoreLines } from '../../src/measure/metric.ts';
import { corpusRouge } from '../../src/measure/rouge/rouge.ts';
import { formatScore, signatureVersion, toFixedHalfEven } from '../../src/measure/score.ts';
import { exactMatch } from '../../src/measure/text/exact-match.ts';
import { corpusBleu, sentenceBleu } from '../../src/measure/translation/bleu.ts';
import { corpusChrf } from '../../src/measure/translation/chrf.ts';
import { corpusTer } from '../../src/measure/translation/ter.ts';

const hyps = ['The quick red fox', 'a lazy dog .'];
const refs = ['the quick red fox', 'a lazy dog .'];

describe('signatures', () => {
  const version = `version:${signatureVersion}`;

  it("end in the package's version", () => {
    const manifest: { version: string } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    expect(signatureVersion).toBe(`heddle-${manifest.version}`);
  });

  it("are sacreBLEU's except for the version", () => {
    const bleu = (options: Parameters<typeof corpusBleu>[2]) => corpusBleu(hyps, [refs], options).signature;
    expect(bleu({})).toBe(`nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|${version}`);
    expect(bleu({ tokenize: 'none', lowercase: true })).toBe(`nrefs:1|case:lc|eff:no|tok:none|smooth:exp|${version}`);
    expect(bleu({ smoothMethod: 'floor' })).toBe(`nrefs:1|case:mixed|eff:no|tok:13a|smooth:floor[0.10]|${version}`);
    expect(bleu({ smoothMethod: 'add-k', smoothValue: 2 })).toContain('|smooth:add-k[2.00]|');
    expect(corpusChrf(hyps, [refs]).signature).toBe(`nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|${version}`);
    expect(corpusTer(hyps, [refs]).signature).toBe(`nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|${version}`);
  });

  it('say eff:yes for one sentence unless it is turned off', () => {
    expect(sentenceBleu('a b', ['a b']).signature).toContain('|eff:yes|');
    expect(sentenceBleu('a b', ['a b'], { effectiveOrder: undefined }).signature).toContain('|eff:yes|');
    expect(sentenceBleu('a b', ['a b'], { effectiveOrder: false })).toMatchObject({ score: 0 });
  });

  it('say nrefs:var where segments have different numbers of references', () => {
    expect(corpusBleu(hyps, [refs, [null, 'a dog .']]).signature).toContain('nrefs:var|');
    expect(corpusBleu(hyps, [refs, ['a fox', 'a dog .']]).signature).toContain('nrefs:2|');
  });
});

describe('formatScore', () => {
  it('prints the line that sacreBLEU prints', () => {
    expect(formatScore(corpusBleu(hyps, [refs]))).toBe(
      `BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:${signatureVersion} = ` +
        '72.31 87.5/83.3/75.0/50.0 (BP = 1.000 ratio = 1.000 hyp_len = 8 ref_len = 8)',
    );
  });

  it('rounds ties to even, as Python does', () => {
    expect(toFixedHalfEven(56.25, 1)).toBe('56.2');
    expect(toFixedHalfEven(56.75, 1)).toBe('56.8');
    expect(toFixedHalfEven(1.0625, 3)).toBe('1.062');
    expect(toFixedHalfEven(2.675, 2)).toBe('2.67');
  });
});

describe('chrF', () => {
  it('is named as sacreBLEU names it, with beta and a plus per word order', () => {
    expect(corpusChrf(hyps, [refs]).name).toBe('chrF2');
    expect(corpusChrf(hyps, [refs], { wordOrder: 2 }).name).toBe('chrF2++');
    expect(corpusChrf(hyps, [refs], { beta: 1, wordOrder: 1 }).name).toBe('chrF1+');
  });
});

describe('TER', () => {
  it('counts a shift of several words as one edit', () => {
    const { numEdits, score } = corpusTer(['d e f a b c'], [['a b c d e f']]);
    expect(numEdits).toBe(1);
    expect(score).toBeCloseTo(100 / 6, 12);
  });

  it('tokenises references twice when normalising, as sacreBLEU does', () => {
    expect(corpusTer(['x < y'], [['x &amp;lt; y']], { normalized: true }).numEdits).toBe(0);
  });
});

describe('a warning that the text looks tokenised', () => {
  const lines = (count: number) => Array.from({ length: count }, () => 'a b c d .');
  const warnings = (count: number, options: Parameters<typeof corpusBleu>[2] = {}) =>
    corpusBleu(lines(count), [lines(count)], options).warnings;

  it('comes from 100 lines that end in " ." on', () => {
    expect(warnings(99)).toEqual([]);
    expect(warnings(100)).toHaveLength(1);
  });

  it('does not come with force or without a tokenizer', () => {
    expect(warnings(100, { force: true })).toEqual([]);
    expect(warnings(100, { tokenize: 'none' })).toEqual([]);
  });
});

describe('accuracy and exact match', () => {
  it('are the share of equal lines', () => {
    expect(accuracy([1, 2, 3, 4], [1, 2, 0, 4])).toBe(0.75);
    expect(exactMatch(hyps, [refs])).toBe(0.5);
    expect(exactMatch(hyps, [refs], { lowercase: true })).toBe(1);
  });

  it('exact match takes any of several references', () => {
    expect(
      exactMatch(
        ['b', 'x'],
        [
          ['a', 'y'],
          ['b', null],
        ],
      ),
    ).toBe(0.5);
  });
});

describe('scoreLines', () => {
  it('knows the metrics of the table', () => {
    expect(Object.keys(metrics)).toEqual([
      ...['bleu', 'chrf', 'ter', 'rouge', 'accuracy', 'f1', 'exact_match'],
      ...['seqeval', 'wer', 'cer', 'per', 'word_error_rate'],
    ]);
  });

  it('gives what the functions give', () => {
    expect(scoreLines('bleu', hyps, [refs])).toEqual(corpusBleu(hyps, [refs]));
    expect(scoreLines('bleu', hyps, [refs], { tokenize: 'none', lowercase: true })).toEqual(
      corpusBleu(hyps, [refs], { tokenize: 'none', lowercase: true }),
    );
    expect(scoreLines('chrf', hyps, [refs], { lowercase: true })).toEqual(
      corpusChrf(hyps, [refs], { lowercase: true }),
    );
    const plus = scoreLines('chrf', hyps, [refs], { word_order: 2 });
    expect(plus).toEqual(corpusChrf(hyps, [refs], { wordOrder: 2 }));
    expect(formatScore(plus)).toMatch(
      /^chrF2\+\+\|nrefs:1\|case:mixed\|eff:yes\|nc:6\|nw:2\|space:no\|version:\S+ = \d/,
    );
    expect(scoreLines('ter', hyps, [refs])).toEqual(corpusTer(hyps, [refs]));
    expect(scoreLines('accuracy', hyps, [refs])).toEqual({ name: 'accuracy', score: 0.5 });
    expect(scoreLines('accuracy', hyps, [refs], { lowercase: true })).toEqual({ name: 'accuracy', score: 1 });
    expect(scoreLines('exact_match', hyps, [refs, ['x', 'y']])).toEqual({ name: 'exact_match', score: 0.5 });
    expect(scoreLines('rouge', hyps, [refs], { tokenize: 'char', stem: true })).toEqual(
      corpusRouge(hyps, [refs], { tokenize: 'char', stem: true }),
    );
    expect(scoreLines('f1', hyps, [refs], { lowercase: true })).toMatchObject({ name: 'f1_macro', score: 1 });
    expect(scoreLines('f1', hyps, [refs])).toMatchObject({ score: 1 / 3, confusion: { counts: expect.anything() } });
    expect(scoreLines('wer', hyps, [refs])).toMatchObject({ errors: 1, refLength: 8, score: 1 / 8 });
    expect(scoreLines('cer', hyps, [refs], { lowercase: true })).toMatchObject({ name: 'cer', errors: 0 });
    expect(scoreLines('per', hyps, [refs])).toMatchObject({ name: 'per', errors: 1 });
    expect(scoreLines('word_error_rate', hyps, [refs])).toEqual({ name: 'word_error_rate', score: 0.5 });
  });

  it('reads a line as the tags of a sentence for seqeval', () => {
    const [written, right] = [
      ['B-PER  I-PER O', ''],
      ['B-PER I-PER O', ''],
    ];
    expect(scoreLines('seqeval', written, [right])).toMatchObject({ name: 'seqeval', score: 1, accuracy: 1 });
    const stray = ['I-PER I-PER O', ''];
    expect(scoreLines('seqeval', stray, [stray])).toMatchObject({ score: 1 });
    expect(scoreLines('seqeval', stray, [stray], { scheme: 'IOB2' })).toMatchObject({ score: 0 });
  });

  it.each([
    [() => scoreLines('bleau', hyps, [refs]), /metric must be one of bleu, .*, got "bleau"; did you mean "bleu"\?/],
    [() => scoreLines('toString', hyps, [refs]), /metric must be one of/],
    [() => scoreLines('bleu', hyps, [refs], { tokenize: '13b' }), /got "13b"; did you mean "13a"\?/],
    [() => scoreLines('chrf', hyps, [refs], { tokenize: '13a' }), /score chrf: takes no option tokenize/],
    [() => scoreLines('rouge', hyps, [refs], { tokenize: '13a' }), /must be one of rouge, unicode, char, got "13a"/],
    [() => scoreLines('bleu', hyps, [refs], { word_order: 2 }), /score bleu: takes no option word_order/],
    [() => scoreLines('bleu', hyps, [refs], { stem: true }), /score bleu: takes no option stem/],
    [() => scoreLines('seqeval', ['O'], [['O']], { scheme: 'BIO' }), /scheme must be one of IOB1, .*, got "BIO"/],
    [() => scoreLines('wer', hyps, [refs, refs]), /score wer: takes at most 1 reference, got 2/],
    [() => scoreLines('seqeval', ['O', 'O'], [['O', 'X']]), /^reference 1:2: expected tags .*, got "X", at tag 1/],
    [() => scoreLines('bleu', hyps, [refs, ['one']]), /score bleu: .* got 1 for 2 hypotheses, at reference 2/],
    [() => scoreLines('chrf', hyps, [['one']]), /score chrf: .* got 1 for 2 hypotheses, at reference 1/],
    [() => scoreLines('ter', hyps, [[...refs, 'x']]), /got 3 for 2 hypotheses, at reference 1/],
    [() => scoreLines('accuracy', hyps, [['one']]), /got 1 for 2 hypotheses, at reference 1/],
    [() => accuracy([1, 2], [1]), /got 2 predictions and 1 labels/],
    [() => scoreLines('accuracy', hyps, [refs, refs]), /takes at most 1 reference, got 2/],
    [() => scoreLines('accuracy', hyps, []), /no references/],
    [() => scoreLines('bleu', hyps, []), /no references/],
    [() => scoreLines('bleu', [], [[]]), /no hypotheses/],
    [() => accuracy([], []), /no predictions/],
    [() => corpusBleu(hyps, [['x', null]]), /segment 2 has no reference/],
    [() => corpusBleu(hyps, [refs], { maxNgramOrder: 0 }), /maxNgramOrder must be an integer of at least 1, got 0/],
    [() => corpusBleu(hyps, [refs], { smoothValue: 1 }), /smoothMethod "exp" takes no smoothValue, got 1/],
    [() => corpusBleu(hyps, [refs], { smoothMethod: 'floor', smoothValue: -1 }), /at least 0, got -1/],
    [() => corpusBleu(hyps, [refs], { smoothMethod: 'add-k', smoothValue: Number.NaN }), /at least 0, got NaN/],
    [() => corpusChrf(hyps, [refs], { charOrder: 1.5 }), /charOrder must be an integer of at least 1, got 1.5/],
    [() => corpusChrf(hyps, [refs], { wordOrder: -1 }), /wordOrder must be an integer of at least 0, got -1/],
    [() => corpusChrf(hyps, [refs], { beta: 0 }), /beta must be a number above 0, got 0/],
  ])('refuses wrong input and says where, case %#', (call, message) => {
    expect(call).toThrow(InputError);
    expect(call).toThrow(message);
  });
});
