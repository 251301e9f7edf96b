/** Pages about models in a browser: long texts and many tokens. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attentionPage } from '../../src/inspect/attention-page.ts';
import { samplePage } from '../../src/inspect/sample-page.ts';
import { selfAttentionPage } from '../../src/inspect/self-attention-page.ts';
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
const pages = {
  attention: attentionPage(
    [
      {
        input: long,
        output: wordless,
        reference: '한국어 문장',
        source: tokens,
        target: tokens,
        layers: [[weights, weights]],
      },
      { input: 'a', output: 'b', source: ['a'], target: ['b'], layers: [[[Float32Array.of(1)]]] },
    ],
    head,
  ),
  self: selfAttentionPage(
    [
      {
        input: long,
        pair: wordless,
        output: wordless,
        source: tokens,
        target: tokens,
        texts: tokens.map((_, i) => (i === 0 ? null : i < 30 ? 0 : 1)),
        layers: [Array.from({ length: 16 }, () => weights), [weights]],
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
