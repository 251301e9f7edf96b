/** What ends a sequence before its length or an end token does. */
import { afterAll, describe, expect, test } from 'vitest';
import {
  createCausalGenerator,
  createGenerator,
  type Decoder,
  type GenerationConfig,
  overlay,
  readGenerationConfig,
  type StreamedToken,
} from '../../src/decode/index.ts';
import { stoppingCriterion } from '../../src/decode/search/stopping.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { loadTokenizer } from '../../src/text/tokenizer.ts';
import { type TokenizerOptions, trainTokenizers } from '../../src/text/train/vocabulary.ts';
import { goldenConfig, goldenModel, goldenParameters, goldenSources } from './marian-golden.ts';
import { seeded } from './seeded.ts';
import { toyAttention } from './toy-attention-causal.ts';

const lines = [
  'The weaver lifts every second thread, then stops.',
  'Stop! said the weaver: the thread is torn, 한국어 too.',
  'threads and heddles; heddles and threads…\tand a tab',
  'naïve café, 中文字 and 😀 smile',
];

const kinds: Readonly<Record<string, TokenizerOptions>> = {
  'byte pairs': { kind: 'bpe', vocab_size: 400, byte_level: true },
  'pairs of characters': { kind: 'bpe', vocab_size: 120, byte_level: false },
  words: { kind: 'word', vocab_size: 30 },
  characters: { kind: 'char', vocab_size: 70 },
};

const tokenizers = Object.entries(kinds).map(([name, options]) => {
  const { target } = trainTokenizers({ source: lines, target: [] }, options);
  return [name, loadTokenizer(target.json, target.config)] as const;
});

describe.each(tokenizers)('a stop string among tokens of %s', (_, tokenizer) => {
  const random = seeded(7);
  const whole = (text: string) => text.replace(/\ufffd+$/, '');
  const cases = lines.flatMap((line) => {
    const text = tokenizer.decode(tokenizer.encode(line), { skip_special_tokens: true });
    return Array.from({ length: 12 }, () => {
      const from = Math.floor(random() * text.length);
      return { line, string: text.slice(from, from + 1 + Math.floor(random() * 6)) };
    });
  });

  test('is met by the token in which it ends, and by no other', () => {
    let met = 0;
    for (const { line, string } of cases) {
      if (/[\ud800-\udfff]/.test(string)) continue;
      const isMet = stoppingCriterion({ stop_strings: [string] }, tokenizer)!;
      const ids = tokenizer.encode(line);
      for (let n = 1; n <= ids.length; n++) {
        const before = whole(tokenizer.decode(ids.slice(0, n - 1)));
        const text = tokenizer.decode(ids.slice(0, n));
        const at = text.lastIndexOf(string);
        const isEnd = at >= 0 && at + string.length > before.length;
        expect(isMet(ids.slice(0, n)), `${JSON.stringify(string)} in ${JSON.stringify(text)}`).toBe(isEnd);
        met += Number(isEnd);
      }
    }
    expect(met).toBeGreaterThan(30);
  });
});

/** A word each. */
const words: Decoder = { decode: (ids) => Array.from(ids, (id) => ['</s>', ' one', ' two', ' three'][id]).join('') };

describe('stop_strings', () => {
  const isMet = (strings: string | string[], tokens: readonly number[]) =>
    stoppingCriterion({ stop_strings: strings }, words)!(tokens);

  test('may begin in earlier tokens, the prompt included, and end within a token', () => {
    expect(isMet('one two', [1, 2])).toBe(true);
    expect(isMet('e tw', [1, 2])).toBe(true);
    expect(isMet(' thr', [3])).toBe(true);
    expect(isMet('one', [1, 2])).toBe(false);
    expect(isMet(['four', 'two'], [1, 2])).toBe(true);
    expect(isMet('</s>', [1, 0])).toBe(true);
  });

  test('may be very many', () => {
    const many = Array.from({ length: 200_000 }, (_, i) => `no ${i}`);
    expect(isMet([...many, 'two'], [1, 2])).toBe(true);
    expect(isMet(many, [1, 2])).toBe(false);
  });

  const generator = createCausalGenerator(toyAttention.model, toyAttention.weights(seeded(2)), nodeBackend());
  afterAll(() => generator.dispose());
  const prompts = [[1, 3, 2, 1], [2], [3, 1], [1, 1, 2, 3, 3]];
  const long: GenerationConfig = { max_new_tokens: 8, suppress_tokens: [0] };
  const stop_strings = ['three', 'one two'];

  test.each<[string, GenerationConfig]>([
    ['greedy search', {}],
    ['sampling', { do_sample: true, num_return_sequences: 3, seed: 4 }],
  ])('end what %s writes where the first is met, and stay in the text', async (_, fields) => {
    const config = { ...long, ...fields };
    const wanted = await generator.generate(prompts, config);
    const found = await generator.generate(prompts, { ...config, stop_strings }, { tokenizer: words });
    let cut = 0;
    found.forEach(({ sequences }, i) => {
      const from = prompts[i].length;
      sequences.forEach((tokens, sample) => {
        const whole = wanted[i].sequences[sample];
        const ends = whole.map((_, at) => at).filter((at) => at >= from && isMet(stop_strings, whole.slice(0, at + 1)));
        expect(tokens).toEqual(whole.slice(0, (ends[0] ?? whole.length) + 1));
        cut += Number(tokens.length < whole.length);
      });
    });
    expect(cut).toBeGreaterThan(2);
  });

  test('end beams like an end token: no hypothesis goes on after one, and some end with one', async () => {
    const config = { ...long, num_beams: 3, num_return_sequences: 3, stop_strings };
    const found = await generator.generate(prompts, config, { tokenizer: words });
    let met = 0;
    found.forEach(({ sequences, scores }, i) => {
      expect(sequences.length).toBeGreaterThan(0);
      expect(scores.every(Number.isFinite)).toBe(true);
      for (const tokens of sequences) {
        for (let n = prompts[i].length + 1; n < tokens.length; n++) {
          expect(isMet(stop_strings, tokens.slice(0, n))).toBe(false);
        }
        if (tokens.length < prompts[i].length + 8) {
          expect(isMet(stop_strings, tokens)).toBe(true);
          met++;
        }
      }
    });
    expect(met).toBeGreaterThan(2);
  });

  test('are streamed: the token that meets one is the last', async () => {
    const told: StreamedToken[] = [];
    const on_token = (token: StreamedToken) => told.push(token);
    await generator.generate([[2]], { ...long, stop_strings: 'e' }, { tokenizer: words, on_token });
    expect(told.filter(({ isLast }) => isLast)).toEqual([told.at(-1)]);
    expect(told.findIndex(({ token }) => words.decode([token]).includes('e'))).toBe(told.length - 1);
  });

  test('need a tokenizer, and are texts', async () => {
    await expect(generator.generate(prompts, { ...long, stop_strings })).rejects.toThrow(
      'generate: stop_strings needs the tokenizer of the text; pass it as tokenizer',
    );
    for (const wrong of ['', [], [''], 7]) {
      expect(() => readGenerationConfig({ stop_strings: wrong }, 'call')).toThrow(/call: stop_strings/);
    }
  });
});

describe('max_time', () => {
  const fromFile = readGenerationConfig(goldenConfig, 'generation_config.json');
  const generator = createGenerator(goldenModel, goldenParameters, nodeBackend());
  afterAll(() => generator.dispose());
  const long = overlay(fromFile, { max_new_tokens: 30, min_new_tokens: 30 });

  test.each([
    ['greedy search', { num_beams: 1 }],
    ['beam search', { num_beams: 3, num_return_sequences: 2 }],
    ['sampling', { num_beams: 1, do_sample: true, num_return_sequences: 2 }],
  ])('ends every sequence of %s with the token during which it is over', async (_, fields) => {
    const found = await generator.generate(goldenSources, overlay(long, { ...fields, max_time: 1e-6 }));
    for (const { sequences } of found) {
      expect(sequences.length).toBeGreaterThan(0);
      for (const tokens of sequences) expect(tokens).toHaveLength(2);
    }
  });

  test('changes nothing where there is enough of it', async () => {
    const wanted = await generator.generate(goldenSources, long);
    expect(await generator.generate(goldenSources, overlay(long, { max_time: 600 }))).toEqual(wanted);
  });

  test('tells a listener that the token is the last', async () => {
    const told: StreamedToken[] = [];
    const on_token = (token: StreamedToken) => told.push(token);
    await generator.generate([[5, 6, 0]], overlay(long, { num_beams: 1, max_time: 1e-6 }), { on_token });
    expect(told.map(({ isLast }) => isLast)).toEqual([true]);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1'])('is a number of seconds, not %s', (max_time) => {
    expect(() => readGenerationConfig({ max_time }, 'call')).toThrow(/call: max_time: expected a number/);
  });
});
