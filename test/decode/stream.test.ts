import { afterAll, describe, expect, test } from 'vitest';
import {
  createCausalGenerator,
  type Decoder,
  type GenerationConfig,
  type Generator,
  type StreamedToken,
  streamText,
  streamTokens,
  TextStreamer,
} from '../../src/decode/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { seeded } from './seeded.ts';
import { toyAttention } from './toy-attention-causal.ts';

const generator = createCausalGenerator(toyAttention.model, toyAttention.weights(seeded(2)), nodeBackend());
afterAll(() => generator.dispose());

const prompts = [[1, 3, 2, 1], [2], [3, 1], [1, 1, 2, 3, 3]];
const greedy: GenerationConfig = { eos_token_id: 0, max_new_tokens: 6 };
const drawn: GenerationConfig = { ...greedy, do_sample: true, num_return_sequences: 3, seed: 1 };

/** The tokens of every sequence, as they were reported. */
function gathered(tokens: readonly StreamedToken[], samples: number) {
  return prompts.map((_, row) =>
    Array.from({ length: samples }, (_, sample) =>
      tokens.filter((each) => each.row === row && each.sample === sample).map(({ token }) => token),
    ),
  );
}
const continuations = (results: readonly { sequences: number[][] }[]) =>
  results.map(({ sequences }, i) => sequences.map((tokens) => tokens.slice(prompts[i].length)));

describe.each([
  ['greedy search', greedy, 1],
  ['sampling', drawn, 3],
] as const)('tokens of %s', (_, config, samples) => {
  test('are reported in order, each once, and the last of a sequence as such', async () => {
    const reported: StreamedToken[] = [];
    const results = await generator.generate(prompts, config, { on_token: (token) => reported.push(token) });
    expect(gathered(reported, samples)).toEqual(continuations(results));
    expect(reported.filter(({ isLast }) => isLast)).toHaveLength(prompts.length * samples);
    expect(reported.slice(0, samples).some(({ isLast, token }) => isLast && token !== 0)).toBe(false);
  });

  test('are yielded one by one', async () => {
    const reported: StreamedToken[] = [];
    for await (const token of streamTokens(generator, prompts, config)) reported.push(token);
    expect(gathered(reported, samples)).toEqual(continuations(await generator.generate(prompts, config)));
  });
});

test('a generation ends when nobody reads on, and the next one is served', async () => {
  let count = 0;
  for await (const token of streamTokens(generator, [[1]], { max_new_tokens: 11 })) {
    expect(token.row).toBe(0);
    if (++count === 2) break;
  }
  const reported: StreamedToken[] = [];
  await generator.generate([[1]], { max_new_tokens: 3 }, { on_token: (token) => reported.push(token) });
  expect(reported).toHaveLength(3);
});

test('a generation that nobody reads goes no further', async () => {
  let reported = 0;
  const counting: Pick<Generator, 'generate'> = {
    generate: (sources, config, options) =>
      generator.generate(sources, config, {
        ...options,
        on_token(token) {
          reported++;
          options?.on_token?.(token);
        },
      }),
  };
  for await (const { token } of streamTokens(counting, [[1]], { max_new_tokens: 11 })) {
    expect(token).toBeLessThan(4);
    break;
  }
  await generator.generate([[1]], { max_new_tokens: 11 });
  expect(reported).toBeLessThan(4);
});

test('what a listener throws ends the call', async () => {
  let count = 0;
  const on_token = () => {
    if (++count === 2) throw new Error('enough');
  };
  await expect(generator.generate([[1]], { max_new_tokens: 11 }, { on_token })).rejects.toThrow('enough');
  expect(count).toBe(2);
});

test('beam search has nothing to tell before its end, and says so', async () => {
  const call = generator.generate(prompts, { num_beams: 2 }, { on_token: () => undefined });
  await expect(call).rejects.toThrow('generate: on_token needs num_beams = 1, got 2');
  const stream = streamTokens(generator, [[9]], greedy);
  await expect(stream.next()).rejects.toThrow('token ids must be in 0 … 3, got 9');
});

/** Bytes of UTF-8 as tokens; 0 is special. */
const bytes: Decoder = {
  decode: (ids, options) => {
    const kept = Array.from(ids).filter((id) => id > 0 || !options?.skip_special_tokens);
    return new TextDecoder().decode(Uint8Array.from(kept)).replaceAll('\0', '</s>');
  },
};

describe('text', () => {
  const streamed = (text: string, options = {}) => {
    const pieces: string[] = [];
    const streamer = new TextStreamer(bytes, { callback_function: (piece) => pieces.push(piece), ...options });
    for (const byte of new TextEncoder().encode(text)) streamer.put(byte);
    streamer.put(0);
    streamer.end();
    return pieces;
  };

  test('comes character by character, none before all of its bytes', () => {
    expect(streamed('aß中😀.')).toEqual(['a', 'ß', '中', '😀', '.']);
  });

  test('has special tokens only when asked', () => {
    expect(streamed('a', { skip_special_tokens: false })).toEqual(['a', '</s>']);
  });

  test('that ends within a character is given as it is', () => {
    const pieces: string[] = [];
    const streamer = new TextStreamer(bytes, { callback_function: (piece) => pieces.push(piece) });
    streamer.put(0x61);
    streamer.put(0xe4);
    expect(pieces).toEqual(['a']);
    streamer.end();
    expect(pieces).toEqual(['a', '\ufffd']);
  });

  test('follows the prompt, which is included or not, and which may have begun a character', () => {
    const reported = (skip_prompt: boolean) => {
      const pieces: string[] = [];
      const streamer = new TextStreamer(bytes, { callback_function: (piece) => pieces.push(piece), skip_prompt });
      streamer.prompt([...new TextEncoder().encode('aß中')].slice(0, -1));
      streamer.put(0xad);
      streamer.put(0x62);
      streamer.end();
      return pieces;
    };
    expect(reported(false)).toEqual(['aß', '中', 'b']);
    expect(reported(true)).toEqual(['中', 'b']);
  });

  test('of a prompt is the text that is generated in the end', async () => {
    const names: Decoder = { decode: (ids) => Array.from(ids, (id) => ['', ' one', ' two', ' three'][id]).join('') };
    const endless = { ...drawn, suppress_tokens: [0] };
    const pieces: string[] = [];
    for await (const piece of streamText(generator, [2], endless, names)) pieces.push(piece);
    const [{ sequences }] = await generator.generate([[2]], endless);
    expect(pieces.join('')).toBe(names.decode(sequences[0].slice(1)));
    expect(pieces).toHaveLength(6);
  });
});
