/** Pages about models in a browser: long texts and many tokens. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attentionPage } from '../../src/inspect/attention/attention-page.ts';
import { samplePage } from '../../src/inspect/page/sample-page.ts';
import { openReader, type Reader, windowWidths } from '../browser/reader.ts';

let reader: Reader;
beforeAll(async () => {
  reader = await openReader();
});
afterAll(() => reader.close());

const tokens = Array.from({ length: 60 }, (_, i) => ['오늘(1/3)', '·internationalisation', 'a'][i % 3]);
const weights = tokens.map(() => Float32Array.from(tokens, () => 1 / tokens.length));
const [long, wordless] = [Array(60).fill('words of a long sentence').join(' '), 'x'.repeat(300)];
const head = { title: `A model called ${wordless}`, lead: long, facts: { 'exact match': '97.8 %', updates: '12,345' } };
const text = { tokens, texts: tokens.map((_, i) => (i === 0 ? null : i < 30 ? 0 : 1)) } as const;
const one = { tokens: ['a'] };
const grid = [5, 11] as const;
const patches = { tokens: ['class token', ...Array.from({ length: 55 }, (_, at) => `patch ${at}`)], grid };
const patchWeights = patches.tokens.map(() => Float32Array.from(patches.tokens, () => 1 / 56));
const pages = {
  attention: await attentionPage(
    [
      {
        input: long,
        output: wordless,
        reference: '한국어 문장',
        maps: [
          { kind: 'cross_attentions', query: { tokens }, key: text, layers: [[weights, weights]] },
          {
            kind: 'attentions',
            query: text,
            key: text,
            layers: [Array.from({ length: 16 }, () => weights), [weights]],
          },
        ],
      },
      { input: 'a', maps: [{ kind: 'cross_attentions', query: one, key: one, layers: [[[Float32Array.of(1)]]] }] },
      { input: wordless, pair: long, maps: [] },
    ],
    head,
  ),
  image: await attentionPage(
    [
      {
        input: 'image 0',
        output: wordless,
        picture: { channels: 1, size: [40, 88], pixels: new Uint8Array(40 * 88) },
        scores: [
          { label: wordless, score: 0.9 },
          { label: long, score: 0.1 },
        ],
        maps: [
          {
            kind: 'attentions',
            query: patches,
            key: patches,
            layers: [Array.from({ length: 16 }, () => patchWeights)],
          },
        ],
      },
    ],
    head,
  ),
  samples: samplePage(
    [long, wordless, '한국어 문장'].map((input) => ({ input, output: long, reference: wordless })),
    head,
  ),
};

test.each(windowWidths)('nothing but a map in its box is cut off in a window of %d pixels', async (width) => {
  for (const [name, page] of Object.entries(pages))
    expect([name, await reader.cutOff(page, width)]).toEqual([name, []]);
});
