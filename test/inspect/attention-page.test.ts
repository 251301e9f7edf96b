/** The page that shows where a model looked. */
import { describe, expect, test } from 'vitest';
import type { AttentionExample } from '../../src/inspect/attention/attention-example.ts';
import type { AttentionMap, HeadWeights } from '../../src/inspect/attention/attention-map.ts';
import { attentionPage } from '../../src/inspect/attention/attention-page.ts';
import { wordAttention } from '../../src/inspect/attention/attention-word.ts';
import { largestColumns, largestWeights } from '../../src/inspect/attention/largest-weight.ts';
import { unbalanced } from './unbalanced.ts';

const row = (...numbers: number[]) => Float32Array.from(numbers);

/** The cross-attention of a date: two layers of two heads, of which two are the same. */
const head = [row(0.75, 0.25, 0), row(0, 0.125, 0.875)];
const cross: AttentionMap = {
  kind: 'cross_attentions',
  query: { tokens: ['0', '5'] },
  key: { tokens: ['오', '월', '</s>'], texts: [0, 0, null] },
  layers: [
    [head, [row(0, 1, 0), row(0, 0, 1)]],
    [[row(1, 0, 0), row(1, 0, 0)], head],
  ],
};
const date = (fields: Partial<AttentionExample> = {}): AttentionExample => ({
  input: '오월',
  output: '05',
  reference: '05',
  maps: [cross],
  ...fields,
});

/** A pair of so many tokens that a model of so many layers and heads reads; every head looks elsewhere. */
function pair(length: number, layers: number, heads: number): AttentionExample {
  const tokens = Array.from({ length }, (_, i) => ['[CLS]', '·한국어', 'internationalisation'][i % 3]);
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    return (seed >>> 8) / 2 ** 24;
  };
  const weights = (): HeadWeights => {
    const scores = tokens.map(() => Float32Array.from(tokens, () => Math.exp(8 * random())));
    return scores.map((scored) => {
      const total = scored.reduce((sum, score) => sum + score, 0);
      return scored.map((score) => score / total);
    });
  };
  const axis = { tokens, texts: tokens.map((_, i) => (i === 0 ? null : i < length / 2 ? 0 : 1)) };
  const all = Array.from({ length: layers }, () => Array.from({ length: heads }, weights));
  const maps: AttentionMap[] = [{ kind: 'attentions', query: axis, key: axis, layers: all }];
  return { input: 'a <b> text', pair: '둘째 문장', output: 'positive 0.973', maps };
}

const title = { title: 'What the model looked at' };
const withoutStyle = (page: string): string => page.replace(/<style>[\s\S]*?<\/style>/, '');

describe('the weights that a page keeps', () => {
  test('are the 8 largest of a row, in order; of equal ones the first', () => {
    const weights = Float32Array.from({ length: 20 }, (_, s) => (s % 2 ? 0.01 * s : 0.001));
    expect(largestColumns(weights)).toEqual([5, 7, 9, 11, 13, 15, 17, 19]);
    expect(largestColumns(new Float32Array(20).fill(0.05))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(largestColumns(row(0, 0.5, 0, 0.5))).toEqual([1, 3]);
    const [kept] = largestWeights([weights]);
    expect([kept[19], kept[5], kept[3], kept[0]]).toEqual([weights[19], weights[5], 0, 0]);
  });

  test('are said to be the largest where a row has more, and where the others are', async () => {
    const many = await attentionPage([pair(9, 1, 2)], title);
    expect(many).toContain(
      'The 8 largest weights of each row are drawn; <code>heddle inspect --out-weights FILE</code>',
    );
    expect(many.match(/<g class="tokens"/g)).toHaveLength(1);
    expect(many.match(/<title>/g)).toHaveLength(1 + 3 * 9 * 8);
    expect(await attentionPage([pair(8, 1, 2)], title)).not.toContain('largest weights of each row');
  });
});

describe('words', () => {
  const map: AttentionMap = {
    kind: 'attentions',
    query: {
      tokens: ['[CLS]', 'play', '##ing'],
      texts: [null, 0, 0],
      words: [
        { label: '[CLS]', tokens: 1 },
        { label: 'playing', tokens: 2 },
      ],
    },
    key: {
      tokens: ['[CLS]', 'play', '##ing'],
      texts: [null, 0, 0],
      words: [
        { label: '[CLS]', tokens: 1 },
        { label: 'playing', tokens: 2 },
      ],
    },
    layers: [[[row(0.5, 0.25, 0.25), row(0.25, 0.5, 0.25), row(0.75, 0.25, 0)]]],
  };

  test('are looked at with the sum of their pieces, and look with the mean', () => {
    const { query, key, layers } = wordAttention(map);
    expect(query).toEqual({ tokens: ['[CLS]', 'playing'], texts: [null, 0] });
    expect(key).toEqual(query);
    expect(layers).toEqual([[[row(0.5, 0.5), row(0.5, 0.5)]]]);
  });

  test('are tokens where nothing says what words they are pieces of', () => {
    expect(wordAttention(cross).layers).toEqual(cross.layers);
  });

  test('are explained on the page', async () => {
    const page = await attentionPage([{ input: 'a', maps: [wordAttention(map)], isOfWords: true }], title);
    expect(page).toContain('a word is looked at with the sum of the weights of its pieces, and looks with their mean');
    expect(await attentionPage([{ input: 'a', maps: [map] }], title)).not.toContain('pieces, and looks');
  });
});

describe('a page of attention', () => {
  test('has a choice for every head of every layer and for their mean, each in words, and one is chosen', async () => {
    const page = await attentionPage([pair(6, 2, 3)], title);
    const labels = [...page.matchAll(/<input type="radio"[^>]*aria-label="([^":]*): itself [^"]*the other text/g)];
    expect(labels.map(([, name]) => name)).toEqual([
      'mean of all heads',
      ...['layer 1 · head 1', 'layer 1 · head 2', 'layer 1 · head 3'],
      ...['layer 2 · head 1', 'layer 2 · head 2', 'layer 2 · head 3'],
    ]);
    expect(page.match(/ checked>/g)).toHaveLength(1);
  });

  test('shows every kind of attention of an example below its name, cells with their tokens and numbers', async () => {
    const self: AttentionMap = {
      ...cross,
      kind: 'encoder_attentions',
      query: cross.key,
      layers: [[[...head, head[0]]]],
    };
    const page = await attentionPage([date({ maps: [cross, self] })], title);
    expect([...page.matchAll(/<h3>([^<]*)/g)].map(([, name]) => name)).toEqual([
      'Cross-attention',
      'Self-attention of the encoder',
    ]);
    expect(page).toContain('<title>0 ← 오: 0.625</title>');
    expect(page).toMatch(/class="greatest"[^>]*><title>5 ← &lt;\/s&gt;: 0\.688/);
    expect(page).toContain('Cross-attention: each <strong>row</strong> is a token the decoder writes');
    expect(page).toContain('Self-attention of the encoder: each <strong>row</strong> is a token that looks');
  });

  test('shows a model of one head one map, and speaks of no others', async () => {
    const page = withoutStyle(await attentionPage([date({ maps: [{ ...cross, layers: [[head]] }] })], title));
    expect(page).not.toMatch(/<input|mean of|in the overview/);
    expect(page.match(/<g class="tokens"/g)).toHaveLength(1);
    expect(page).toContain('layer 1 · head 1');
  });

  test('marks the tokens of the second text and those that the tokenizer adds, on both sides', async () => {
    const page = await attentionPage([pair(6, 1, 1)], title);
    expect(page.match(/<text class="second"/g)).toHaveLength(2 * 3);
    expect(page.match(/<text class="added"/g)).toHaveLength(2 * 1);
  });

  test('says what was written and whether it is right', async () => {
    const page = await attentionPage([date(), date({ output: '06' })], title);
    expect(page).toContain('>as expected<');
    expect(page).toContain('>expected 05<');
    expect(await attentionPage([date({ reference: undefined })], title)).not.toContain('>expected');
  });

  test('explains labels of bytes where they occur, each kind once', async () => {
    expect(await attentionPage([date()], title)).not.toMatch(/bytes of a character|not part of a character/);
    const key = { tokens: ['늘(1/2)', '늘(2/2)', '<0xEB>'] };
    const page = await attentionPage([date({ maps: [{ ...cross, key }] })], title);
    expect(page).toContain('늘(1/2) is one of several tokens that share the bytes of a character.');
    expect(page).toContain('&lt;0xEB&gt; is a byte that is not part of a character.');
    expect(page.match(/one of several tokens/g)).toHaveLength(1);
  });

  test('loads nothing and runs no script, and forbids both: its images are in it', async () => {
    const page = await attentionPage([pair(6, 1, 2)], title);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
    expect(page).not.toMatch(/<script|<link|<img|@import|\son\w+=|\ssrc=|\shref=/i);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
    expect([...page.matchAll(/url\((.{11})/g)].every(([, start]) => start === 'data:image/')).toBe(true);
  });

  test('is well-formed, its texts escaped', async () => {
    const page = await attentionPage([pair(6, 1, 2), date()], { title: 'A & B', lead: 'Lead <1>' });
    expect(unbalanced(withoutStyle(page).replace(/<input[^>]*>/g, ''))).toEqual([]);
    expect(page).toContain('<h1>A &amp; B</h1>');
    expect(page).toContain('Lead &lt;1&gt;');
    expect(page).toContain('a &lt;b&gt; text');
    expect(page).toContain('prefers-color-scheme: dark');
  });

  test('has less than 3 MB for 12 × 12 heads over 512 tokens, a pixel for every cell', async () => {
    const page = await attentionPage([pair(512, 12, 12)], title);
    expect(page.length).toBeLessThan(3_000_000);
    expect(page).not.toContain('a point is the largest weight');
    expect(page).not.toContain('Point at a cell');
    expect(page).toContain('The 8 largest weights of each row are drawn');
  });

  test('has less than 3 MB for several such texts too, and says that a point is several cells', async () => {
    const { maps, ...text } = pair(256, 2, 2);
    const [map] = maps;
    const examples = Array(4).fill({ ...text, maps: [{ ...map, layers: Array(72).fill(map.layers[0]) }] });
    const page = await attentionPage(examples, title);
    expect(page.length).toBeLessThan(3_000_000);
    expect(page).toMatch(/a point is the largest weight of \d × \d cells/);
  });

  test('refuses weights that are not a row of numbers per token', async () => {
    const wrong = attentionPage([date({ maps: [{ ...cross, layers: [[[row(1, 0, 0)]]] }] })], title);
    await expect(wrong).rejects.toThrow('expected weights [T=2, S=3], got 1 rows of 3 numbers');
  });
});
