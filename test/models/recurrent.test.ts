import { describe, expect, test } from 'vitest';
import { packWords } from '../../src/data/batch/word-packing.ts';
import { createCausalGenerator, createGenerator } from '../../src/decode/index.ts';
import { input, interpret, type Tensor, type Value, value } from '../../src/graph/index.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import type { Role } from '../../src/models/role.ts';
import { alignmentScores, cells, Trace } from '../../src/nn/index.ts';
import { linear } from '../../src/ops/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { alongDirection, seedFeeds, seedsFor } from '../ops/derivative.ts';
import { differenceTolerance } from '../ops/tolerance.ts';
import { ids, parameterFeeds, tinyParameters } from './tiny-marian.ts';
import { traceForward } from './trace-forward.ts';

const tiny = { vocab_size: 11, embedding_size: 5, hidden_size: 6, num_hidden_layers: 2, pad_token_id: 10 };

const make = <R extends Role>(role: R, fields: object) =>
  inRole(checkConfig({ ...tiny, ...fields }, 'test', { isStrict: true }), role, 'test');

const seq2seq = (fields: object) =>
  make('sequence-to-sequence', { model_type: 'recurrent_seq2seq', decoder_start_token_id: 10, ...fields });

/** Every way a decoder can attend, and every cell once. */
const decoders: readonly (readonly [string, object])[] = [
  ['no attention', { attention: 'none', cell: 'lstm' }],
  ['no attention, one direction', { attention: 'none', bidirectional: false }],
  ['the encoder’s last states', { attention: 'none', bidirectional: false, init_hidden: 'last', cell: 'lstm' }],
  ...Object.keys(alignmentScores).map((attention) => {
    const fields = attention.includes('dot') ? { attention, decoder_hidden_size: 12 } : { attention };
    return [`${attention} attention`, fields] as const;
  }),
  ['attention of the state before', { attention_query: 'previous', decoder_hidden_size: 7 }],
  ['input feeding', { attention: 'general', input_feeding: true, cell: 'lstm' }],
  ['both', { attention_query: 'previous', input_feeding: true, attention_size: 4, num_hidden_layers: 1 }],
  ['a tied output layer', { tie_word_embeddings: true }],
  ...Object.keys(cells).map((cell) => [`cell ${cell}`, { cell, attention_query: 'previous' }] as const),
];

describe.each(decoders)('an encoder–decoder with %s', (_, fields) => {
  const setup = seq2seq(fields);

  test('step-by-step beam search scores its outputs as the whole forward pass does', async () => {
    const generator = createGenerator(setup.model, tinyParameters(setup), nodeBackend(), { sessions: 1, threads: 1 });
    try {
      const config = {
        ...setup.generationDefaults,
        num_beams: 3,
        min_new_tokens: 5,
        max_new_tokens: 9,
        length_penalty: 0,
      };
      const sources = [[1, 2, 3, 4], [5, 6], [7, 8, 9], [3]];
      const found = await generator.generate(sources, config);
      const targets = found.map(({ sequences }) => sequences[0].slice(1));
      const scored = await generator.score(sources, targets, config);
      expect(Math.max(...targets.map(({ length }) => length))).toBeGreaterThan(4);
      found.forEach(({ scores }, i) => expect(scores[0]).toBeCloseTo(scored[i].score, 3));
    } finally {
      await generator.dispose();
    }
  });

  test('padding changes nothing, and a token changes nothing before it', () => {
    const trace = new Trace();
    const logits = traceForward(trace, setup);
    const parameters = parameterFeeds(setup);
    const run = (input_ids: number[][], attention_mask: number[][], decoder_input_ids: number[][]) =>
      interpret([logits], {
        ...parameters,
        input_ids: ids(input_ids),
        attention_mask: ids(attention_mask),
        decoder_input_ids: ids(decoder_input_ids),
      })[0].data;
    const plain = run([[1, 2, 3]], [[1, 1, 1]], [[10, 4, 5]]);
    const padded = run([[1, 2, 3, 10, 7]], [[1, 1, 1, 0, 0]], [[10, 4, 9]]);
    const prefix = 2 * tiny.vocab_size;
    for (let i = 0; i < prefix; i++) expect(Math.abs(plain[i] - padded[i])).toBeLessThan(1e-12);
    expect(plain.slice(prefix).some((x, i) => Math.abs(x - padded[prefix + i]) > 1e-4)).toBe(true);
  });
});

test('the gradient of a decoder that feeds attention and output back is its derivative', () => {
  const setup = seq2seq({ attention_query: 'previous', input_feeding: true, num_hidden_layers: 1 });
  const trace = new Trace();
  const logits = traceForward(trace, setup);
  const feeds = {
    ...parameterFeeds(setup),
    input_ids: ids([[1, 2, 3]]),
    attention_mask: ids([[1, 1, 0]]),
    decoder_input_ids: ids([[3, 4]]),
  };
  const wrt = new Map<string, Tensor>([...trace.parameters].map(([name, { tensor }]) => [name, tensor]));
  const seeds = seedsFor('seed', [logits]);
  const fed = { ...feeds, ...seedFeeds(seeds, interpret([logits], feeds), 'decoder') };
  const { byGradient, byDifference } = alongDirection([logits], seeds, wrt, fed, 'decoder');
  expect(byGradient).not.toBe(0);
  expect(Math.abs(byGradient - byDifference)).toBeLessThan(differenceTolerance * Math.max(1, Math.abs(byDifference)));
});

test.each(Object.keys(cells))('a language model of cell %s continues as it would from the start', async (cell) => {
  const setup = make('causal', { model_type: 'recurrent_lm', cell });
  const parameters = tinyParameters(setup);
  const generator = createCausalGenerator(setup.model, parameters, nodeBackend(), { sessions: 1, threads: 1 });
  try {
    const config = { pad_token_id: 10, num_beams: 2, max_new_tokens: 9, length_penalty: 0 };
    const prompts = [[1, 2, 3, 4, 5, 6], [7, 8], [9], [2, 2, 2, 5]];
    const found = await generator.generate(prompts, config);
    const targets = found.map(({ sequences }, i) => sequences[0].slice(prompts[i].length));
    const scored = await generator.score(prompts, targets, config);
    found.forEach(({ scores }, i) => expect(scores[0]).toBeCloseTo(scored[i].score, 3));
  } finally {
    await generator.dispose();
  }
});

describe('an encoder', () => {
  const setup = make('encoder', { model_type: 'recurrent_encoder', character_vocab_size: 7 });
  const trace = new Trace();
  const hidden = traceForward(trace, setup);
  const parameters = parameterFeeds(setup);
  /** One row of tokens and their characters, packed as a batch packs them or a row for every word. */
  const run = (tokens: number[], mask: number[], characters: number[][], isPacked = true) => {
    const words = characters.map((word) => Int32Array.from(word));
    const rows = words.map((word) => packWords([word]));
    const width = Math.max(...rows.map((row) => row.width));
    const single = rows.flatMap((row) => [...row.ids, ...Array(width - row.width).fill(0)]);
    const packed = packWords(words);
    const starts = isPacked ? [...packed.starts] : words.map((_, i) => i * width);
    const ends = words.map(({ length }, i) => [starts[i] + length - 1, starts[i]]);
    return interpret([hidden], {
      ...parameters,
      input_ids: ids([tokens]),
      attention_mask: ids([mask]),
      character_ids: isPacked
        ? value([packed.rows, packed.width], packed.ids, 'int32')
        : value([words.length, width], single, 'int32'),
      character_ends: value([1, words.length, 2], ends.flat(), 'int32'),
    })[0].data;
  };
  const spelled = [[3, 4, 1], [5], [2]];

  test('reads a word and its characters in both directions; padding changes nothing', () => {
    const plain = run([1, 2, 3], [1, 1, 1], spelled);
    const padded = run([1, 2, 3, 10], [1, 1, 1, 0], [...spelled, [6, 6]]);
    plain.forEach((x, i) => expect(Math.abs(x - padded[i])).toBeLessThan(1e-12));
    const otherWord = run([1, 3, 3], [1, 1, 1], spelled);
    const otherSpelling = run([1, 2, 3], [1, 1, 1], [spelled[0], [6], spelled[2]]);
    for (const other of [otherWord, otherSpelling]) {
      expect(plain.slice(0, 12).some((x, i) => Math.abs(x - other[i]) > 1e-5)).toBe(true);
    }
  });

  test('reads words that share a row as words alone', () => {
    const alone = run([1, 2, 3], [1, 1, 1], spelled, false);
    run([1, 2, 3], [1, 1, 1], spelled).forEach((x, i) => expect(Math.abs(x - alone[i])).toBeLessThan(1e-12));
  });
});

test.each([
  ['input feeding without attention', { attention: 'none', input_feeding: true }, /input_feeding: needs attention/],
  [
    'decoder layers that have no state to start from',
    { num_decoder_layers: 1 },
    /num_decoder_layers: expected num_hidden_layers = 2/,
  ],
  [
    'a token outside the vocabulary',
    { eos_token_id: 11 },
    /eos_token_id: expected a token below vocab_size = 11, got 11/,
  ],
  ['an unknown cell', { cell: 'grue' }, /cell: .*gru/],
])('%s is refused', (_, fields, message) => {
  expect(() => seq2seq(fields)).toThrow(message);
});

describe('scheduled sampling', () => {
  const setup = seq2seq({ attention_query: 'previous', cell: 'lstm' });
  const { model } = setup;
  const trace = new Trace({ isTraining: false });
  const probability = input('teacher_forcing', []);
  const inputs = {
    input_ids: input('input_ids', ['batch', 'source'], 'int32'),
    attention_mask: input('attention_mask', ['batch', 'source'], 'int32'),
    decoder_input_ids: input('decoder_input_ids', ['batch', 'target'], 'int32'),
  };
  const sampled = model.hidden(trace.root, { ...inputs, teacher_forcing: probability });
  const forced = model.hidden(trace.root, inputs);
  const { weight, bias } = model.head(trace.root);
  const [random] = [...trace.randoms.keys()];
  const target = [10, 4, 5, 6];
  const run = (hidden: Tensor, p: number, bytes: readonly number[], decoder_input_ids = target) =>
    interpret([linear(hidden, weight, bias)], {
      ...parameterFeeds(setup),
      input_ids: ids([[1, 2, 3]]),
      attention_mask: ids([[1, 1, 1]]),
      decoder_input_ids: ids([decoder_input_ids]),
      teacher_forcing: value([], [p]),
      [random]: value([4, 1], bytes, 'uint8'),
    })[0];
  const best = (logits: Value, t: number) => {
    const row = logits.data.slice(t * tiny.vocab_size, (t + 1) * tiny.vocab_size);
    return row.indexOf(Math.max(...row));
  };

  test('with probability 1 is teacher forcing', () => {
    expect(run(sampled, 1, [255, 255, 255, 255]).data).toEqual(run(forced, 1, [0, 0, 0, 0]).data);
  });

  test.each([
    { attention: 'none' },
    { attention_query: 'current' },
    { attention_query: 'current', input_feeding: true },
  ] as const)('with probability 1 is teacher forcing, with %o', (fields) => {
    const other = seq2seq(fields);
    const { root, randoms } = new Trace({ isTraining: false });
    const feeds = {
      ...parameterFeeds(other),
      input_ids: ids([[1, 2, 3]]),
      attention_mask: ids([[1, 1, 1]]),
      decoder_input_ids: ids([target]),
      teacher_forcing: value([], [1]),
    };
    const results = [{ ...inputs, teacher_forcing: probability }, inputs].map((given) =>
      other.model.hidden(root, given),
    );
    const draws = Object.fromEntries(
      [...randoms.keys()].map((name) => [name, value([4, 1], [9, 99, 199, 255], 'uint8')]),
    );
    const [sampledOne, forcedOne] = interpret(results, { ...feeds, ...draws });
    sampledOne.data.forEach((x, i) => {
      expect(x).toBeCloseTo(forcedOne.data[i], 12);
    });
  });

  test('reads its own best token where the byte says so, the target’s elsewhere', () => {
    const found = run(sampled, 0.5, [0, 128, 127, 255]);
    const first = run(forced, 1, [0, 0, 0, 0]);
    const second = [10, best(first, 0), 5];
    const third = run(forced, 1, [0, 0, 0, 0], [...second, 0]);
    const expected = run(forced, 1, [0, 0, 0, 0], [...second, best(third, 2)]);
    found.data.forEach((x, i) => expect(x).toBeCloseTo(expected.data[i], 12));
  });
});

describe('a decoder that starts from the encoder’s last states', () => {
  const last = { init_hidden: 'last', attention: 'none' };

  test('has no layer between them, and is what a plain GRU computes', async () => {
    const setup = seq2seq({ ...last, bidirectional: false, num_hidden_layers: 1, eos_token_id: 0 });
    const weights = tinyParameters(setup);
    expect([...weights.keys()].filter((name) => name.includes('bridge'))).toEqual([]);
    const of = (name: string) => weights.get(name) ?? new Float32Array();
    const product = (name: string, x: readonly number[]) =>
      Array.from({ length: of(name).length / x.length }, (_, row) =>
        x.reduce((sum, value, i) => sum + value * (of(name)[row * x.length + i] ?? 0), 0),
      );
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const read = (side: string, token: number, h: readonly number[]): number[] => {
      const at = `model.${side}.rnn.`;
      const table = of(
        weights.has('model.shared.weight') ? 'model.shared.weight' : `model.${side}.embed_tokens.weight`,
      );
      const x = Array.from(table.subarray(token * 5, (token + 1) * 5));
      const given = product(`${at}weight_ih_l0`, x).map((value, i) => value + (of(`${at}bias_ih_l0`)[i] ?? 0));
      const kept = product(`${at}weight_hh_l0`, h).map((value, i) => value + (of(`${at}bias_hh_l0`)[i] ?? 0));
      return h.map((before, i) => {
        const [reset, update] = [i, i + 6].map((gate) => sigmoid((given[gate] ?? 0) + (kept[gate] ?? 0)));
        const fresh = Math.tanh((given[i + 12] ?? 0) + (reset ?? 0) * (kept[i + 12] ?? 0));
        return (1 - (update ?? 0)) * fresh + (update ?? 0) * before;
      });
    };
    const [source, target] = [
      [1, 2, 3],
      [4, 5],
    ];
    let state = source.reduce<number[]>((h, token) => read('encoder', token, h), new Array(6).fill(0));
    const expected = [10, ...target].slice(0, target.length).map((token, at) => {
      state = read('decoder', token, state);
      const logits = product('lm_head.weight', state).map((value, i) => value + (of('lm_head.bias')[i] ?? 0));
      const total = Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0));
      return (logits[target[at] ?? 0] ?? 0) - total;
    });
    const generator = createGenerator(setup.model, weights, nodeBackend(), { sessions: 1, threads: 1 });
    const [found] = await generator.score([source, [9]], [target, target], setup.generationDefaults);
    await generator.dispose();
    expected.forEach((value, i) => expect(found?.token_scores[i]).toBeCloseTo(value, 5));
  });

  test('reads in one direction and is as wide as the encoder', () => {
    expect(() => seq2seq({ ...last })).toThrow('init_hidden: expected bridge with bidirectional, got last');
    expect(() => seq2seq({ ...last, bidirectional: false, decoder_hidden_size: 7 })).toThrow(
      'decoder_hidden_size: expected hidden_size = 6 with init_hidden last, got 7',
    );
  });
});
