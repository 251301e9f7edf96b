import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { trimEnd } from '../../src/measure/text/whitespace.ts';
import { type BleuOptions, corpusBleu, sentenceBleu } from '../../src/measure/translation/bleu.ts';
import { bleuTokenizers } from '../../src/measure/translation/bleu-tokenizer.ts';
import { type ChrfOptions, corpusChrf, sentenceChrf } from '../../src/measure/translation/chrf.ts';
import { corpusTer, sentenceTer } from '../../src/measure/translation/ter.ts';
import type { TercomOptions } from '../../src/measure/translation/tercom-tokenizer.ts';

interface GoldenBleu {
  score: number;
  counts: number[];
  totals: number[];
  precisions: number[];
  bp: number;
  sys_len: number;
  ref_len: number;
}

interface GoldenSet {
  name: string;
  hyps: string[];
  refs: (string | null)[][];
  bleu: Record<string, GoldenBleu>;
  chrf: Record<string, { score: number }>;
  ter: Record<string, { score: number; num_edits: number; ref_length: number }>;
  sentence: Record<string, Record<'bleu_eff_exp' | 'bleu_char_eff' | 'chrf2' | 'chrfpp' | 'ter', number>>;
}

interface Golden {
  sets: GoldenSet[];
  tokenized: Record<'text' | '13a' | 'char' | 'intl' | 'zh', string>[];
}

const file = new URL('../golden/metrics/bleu_chrf_ter.json', import.meta.url);
const golden: Golden = JSON.parse(readFileSync(file, 'utf8'));

/** The golden's argument sets in our words. */
const bleuOptions: Record<string, BleuOptions> = {
  '13a': {},
  char: { tokenize: 'char' },
  none: { tokenize: 'none' },
  intl: { tokenize: 'intl' },
  zh: { tokenize: 'zh' },
  '13a_lc': { lowercase: true },
  '13a_floor': { smoothMethod: 'floor' },
  '13a_floor_0.01': { smoothMethod: 'floor', smoothValue: 0.01 },
  '13a_addk': { smoothMethod: 'add-k' },
  '13a_addk2': { smoothMethod: 'add-k', smoothValue: 2 },
  '13a_nosmooth': { smoothMethod: 'none' },
  '13a_eff': { effectiveOrder: true },
  '13a_max2': { maxNgramOrder: 2 },
  none_eff_nosmooth: { tokenize: 'none', effectiveOrder: true, smoothMethod: 'none' },
};

const chrfOptions: Record<string, ChrfOptions> = {
  chrF2: {},
  chrF1: { beta: 1 },
  'chrF++': { wordOrder: 2 },
  chrF_ws: { whitespace: true },
  chrF_lc: { lowercase: true },
  chrF_eps: { epsSmoothing: true },
  chrF_n4_w1: { charOrder: 4, wordOrder: 1, beta: 3 },
};

const terOptions: Record<string, TercomOptions> = {
  ter: {},
  ter_norm: { normalized: true },
  ter_nopunct: { noPunct: true },
  ter_case: { caseSensitive: true },
  ter_asian: { normalized: true, asianSupport: true },
};

/** Equal within 1e-9 of the expected value; exactly equal where that is zero. */
function expectNear(actual: number, expected: number): void {
  expect(Math.abs(actual - expected), `${actual} is not ${expected}`).toBeLessThanOrEqual(1e-9 * Math.abs(expected));
}

function expectAllNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expectNear(actual[i], value);
}

describe('sacreBLEU 2.6', () => {
  it('has a golden of 22 corpora, 62 tokenised texts and the options of every column', () => {
    expect(golden.sets).toHaveLength(22);
    expect(golden.tokenized).toHaveLength(62);
    for (const set of golden.sets) {
      expect(Object.keys(set.bleu)).toEqual(Object.keys(bleuOptions));
      expect(Object.keys(set.chrf)).toEqual(Object.keys(chrfOptions));
      expect(Object.keys(set.ter)).toEqual(Object.keys(terOptions));
    }
  });

  it.each(golden.tokenized)('tokenises $text alike with 13a, char, intl and zh', (entry) => {
    for (const name of ['13a', 'char', 'intl', 'zh'] as const) {
      expect(bleuTokenizers[name](trimEnd(entry.text)), name).toBe(entry[name]);
    }
  });

  describe.each(golden.sets)('corpus $name', (set) => {
    it.each(Object.entries(set.bleu))('has the BLEU of %s', (column, expected) => {
      const actual = corpusBleu(set.hyps, set.refs, bleuOptions[column]);
      expectNear(actual.score, expected.score);
      expectNear(actual.bp, expected.bp);
      expectAllNear(actual.precisions, expected.precisions);
      expect(actual).toMatchObject({
        counts: expected.counts,
        totals: expected.totals,
        sysLen: expected.sys_len,
        refLen: expected.ref_len,
      });
    });

    it.each(Object.entries(set.chrf))('has the chrF of %s', (column, expected) => {
      expectNear(corpusChrf(set.hyps, set.refs, chrfOptions[column]).score, expected.score);
    });

    it.each(Object.entries(set.ter))('has the TER of %s', (column, expected) => {
      const actual = corpusTer(set.hyps, set.refs, terOptions[column]);
      expectNear(actual.score, expected.score);
      expectNear(actual.refLength, expected.ref_length);
      expect(actual.numEdits).toBe(expected.num_edits);
    });

    it('has the scores of its sentences', () => {
      for (const [i, expected] of Object.entries(set.sentence)) {
        const hyp = set.hyps[Number(i)];
        const refs = set.refs.map((stream) => stream[Number(i)]).filter((text) => text !== null);
        expectNear(sentenceBleu(hyp, refs).score, expected.bleu_eff_exp);
        expectNear(sentenceBleu(hyp, refs, { tokenize: 'char' }).score, expected.bleu_char_eff);
        expectNear(sentenceChrf(hyp, refs).score, expected.chrf2);
        expectNear(sentenceChrf(hyp, refs, { wordOrder: 2 }).score, expected.chrfpp);
        expectNear(sentenceTer(hyp, refs).score, expected.ter);
      }
    });
  });
});
