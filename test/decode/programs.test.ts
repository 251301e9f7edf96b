/** Compiled programs: few for any number of settings, none evicted in use, none left after disposal. */
import { describe, expect, test } from 'vitest';
import {
  createCausalGenerator,
  createGenerator,
  type GenerationConfig,
  type Generator,
  overlay,
  readGenerationConfig,
} from '../../src/decode/index.ts';
import { ProgramCache } from '../../src/decode/step/program-cache.ts';
import { input, mul } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import type { CompileOptions, Program } from '../../src/runtime/backend.ts';
import { EngineError, SpentProgramError } from '../../src/runtime/engine-error.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { countingBackend } from './counting-backend.ts';
import { goldenConfig, goldenModel, goldenParameters, goldenSources, goldenTokens } from './marian-golden.ts';
import { seeded } from './seeded.ts';
import { toyAttention } from './toy-attention-causal.ts';

const lanes = 2;
/** Sessions that a lane may have. */
const most = 9;
const fromFile = readGenerationConfig(goldenConfig, 'generation_config.json');
const { targetVocabulary: V } = goldenTokens;

/** Settings that are all different, of every kind of search. */
function settingsAt(i: number): GenerationConfig {
  const kinds: readonly GenerationConfig[] = [
    { num_beams: 1 },
    { num_beams: 2 + (i % 7) },
    { num_beams: 2 + (i % 7), renormalize_logits: i % 2 === 0 },
    { num_beams: 1, do_sample: true, top_k: 1 + (i % 60), temperature: 0.5 + i / 100, seed: i },
    { num_beams: 1, do_sample: true, top_k: 0, top_p: 0.5 + (i % 40) / 100 },
  ];
  return {
    ...kinds[i % kinds.length],
    max_new_tokens: 3,
    repetition_penalty: i % 3 === 0 ? null : 1 + i / 50,
    bad_words_ids: [[V - 1], [1 + (i % 40)], [2 + (i % 30), 3]],
    no_repeat_ngram_size: i % 4,
    suppress_tokens: [5 + (i % 20), 6 + (i % 50)],
  };
}

test('numbers of a call are inputs: penalties, bans, temperatures, seeds and top_k of one bucket share their programs', async () => {
  const count = countingBackend(nodeBackend());
  const generator = createGenerator(goldenModel, goldenParameters, count.backend, { sessions: 1 });
  const generate = (fields: GenerationConfig) => generator.generate(goldenSources, overlay(fromFile, fields));
  const alike = async (settings: readonly GenerationConfig[]) => {
    await generate(settings[0]);
    const { compiled } = count;
    for (const fields of settings) await generate(fields);
    expect(count.compiled).toBe(compiled);
  };
  // Sentences that end at different steps, so that what gathers the others is compiled.
  await generate({ max_new_tokens: 30 });
  const short = { max_new_tokens: 3 };
  await alike([1, 1.1, 1.2, 5].map((repetition_penalty) => ({ ...short, num_beams: 1, repetition_penalty })));
  await alike([[1], [2, 3], [4, 5, 6]].map((suppress_tokens) => ({ ...short, num_beams: 1, suppress_tokens })));
  await alike([[[1]], [[7, 8]]].map((bad_words_ids) => ({ ...short, num_beams: 3, bad_words_ids })));
  await alike([1.5, 1.6].map((repetition_penalty) => ({ ...short, num_beams: 3, repetition_penalty })));
  await alike([5, 6, 7, 8].map((num_beams) => ({ ...short, num_beams })));
  await alike(
    [0.5, 0.6].map((temperature) => ({ ...short, num_beams: 1, do_sample: true, temperature, seed: temperature * 10 })),
  );
  await alike([50, 40, 33].map((top_k) => ({ ...short, num_beams: 1, do_sample: true, top_k })));
  await generator.dispose();
  expect(count.live).toBe(0);
});

const makers: readonly (readonly [
  string,
  (count: ReturnType<typeof countingBackend>) => Generator,
  readonly number[][],
])[] = [
  [
    'an encoder–decoder',
    ({ backend }) => createGenerator(goldenModel, goldenParameters, backend, { sessions: lanes, threads: 1 }),
    goldenSources.input_ids.map((ids, i) => ids.filter((_, s) => goldenSources.attention_mask[i][s])),
  ],
  [
    'a language model',
    ({ backend }) =>
      createCausalGenerator(toyAttention.model, toyAttention.weights(seeded(2)), backend, {
        sessions: lanes,
        threads: 1,
      }),
    [
      [1, 2, 3, 3],
      [2, 1, 1, 2, 3],
      [1, 1, 1],
    ],
  ],
];

test.each(makers)(
  '%s keeps at most nine sessions a lane, whatever the settings, and disposes of all',
  async (_, make, sources) => {
    const count = countingBackend(nodeBackend());
    const generator = make(count);
    const isToy = sources.length === 3 && sources[0].length === 4;
    for (let i = 0; i < 60; i++) {
      const fields = settingsAt(i);
      const config = isToy
        ? { ...fields, eos_token_id: 0, bad_words_ids: [[3, 1 + (i % 3)]], suppress_tokens: i % 2 ? [1] : [2] }
        : overlay(fromFile, fields);
      await generator.generate(sources, config);
      if (i % 10 === 0) await generator.score(sources, sources, config);
      expect(count.live).toBeLessThanOrEqual(most * lanes);
    }
    await generator.dispose();
    expect(count.live).toBe(0);
  },
);

describe('a cache of programs', () => {
  const x = input('x', [1]);
  const compileWith = (count: ReturnType<typeof countingBackend>, factor: number) => () =>
    count.backend.compile(lower({ y: mul(x, factor) }).bytes);
  const feeds = { x: { type: 'float32' as const, shape: [1], data: Float32Array.of(2) } };
  const result = async (program: Program) => Array.from((await program.run(feeds)).y?.shape ?? []);

  test('never disposes of what is in use, however small it is', async () => {
    const count = countingBackend(nodeBackend());
    const cache = new ProgramCache(1);
    await cache.use('a', compileWith(count, 2), async (a) => {
      await cache.use('b', compileWith(count, 3), result);
      await cache.use('c', compileWith(count, 4), result);
      expect(await result(a)).toEqual([1]);
    });
    await cache.dispose();
    expect(count).toMatchObject({ compiled: 3, live: 0, most: 2 });
  });

  test('disposes first of what was used longest ago', async () => {
    const count = countingBackend(nodeBackend());
    const cache = new ProgramCache(2);
    const factors = { a: 2, b: 3, c: 4 };
    const use = (key: keyof typeof factors) => cache.use(key, compileWith(count, factors[key]), result);
    for (const key of ['a', 'b', 'a', 'c', 'a'] as const) await use(key);
    expect(count.compiled).toBe(3);
    await use('b');
    expect(count).toMatchObject({ compiled: 4, most: 2 });
    await cache.dispose();
    expect(count.live).toBe(0);
  });

  test('reports what could not be freed when it is disposed of, not in the calls that evicted it', async () => {
    const count = countingBackend(nodeBackend());
    const cache = new ProgramCache(1);
    const failing = async (): Promise<Program> => {
      const program = await compileWith(count, 2)();
      const dispose = async () => {
        await program.dispose();
        throw new Error('not freed');
      };
      return { inputs: program.inputs, outputs: program.outputs, run: (given) => program.run(given), dispose };
    };
    await cache.use('a', failing, result);
    for (const key of ['b', 'c']) expect(await cache.use(key, compileWith(count, 3), result)).toEqual([1]);
    await expect(cache.dispose()).rejects.toThrow('not freed');
    expect(count.live).toBe(0);
  });

  test('compiles anew what an engine could not run, when those that still use it are done', async () => {
    const count = countingBackend(nodeBackend());
    const cache = new ProgramCache(2);
    const fail = (error: Error) => () => Promise.reject(error);
    await cache.use('b', compileWith(count, 2), result);
    await cache.use('a', compileWith(count, 2), async (a) => {
      await expect(cache.use('a', compileWith(count, 2), fail(new EngineError('lost')))).rejects.toThrow('lost');
      await expect(cache.use('a', compileWith(count, 2), fail(new Error('aborted')))).rejects.toThrow('aborted');
      expect(await cache.use('a', compileWith(count, 2), result)).toEqual([1]);
      expect(await cache.use('b', compileWith(count, 2), result)).toEqual([1]);
      expect(count.compiled).toBe(4);
      expect(await result(a)).toEqual([1]);
    });
    await cache.dispose();
    expect(count).toMatchObject({ compiled: 4, live: 0 });
  });

  test('compiles anew only the program that is spent, not those in whose work it was used', async () => {
    const count = countingBackend(nodeBackend());
    const cache = new ProgramCache(2);
    const fail = () => Promise.reject(new SpentProgramError('spent'));
    const around = cache.use('a', compileWith(count, 2), () => cache.use('b', compileWith(count, 2), fail));
    await expect(around).rejects.toThrow('spent');
    for (const key of ['a', 'b']) expect(await cache.use(key, compileWith(count, 2), result)).toEqual([1]);
    await cache.dispose();
    expect(count).toMatchObject({ compiled: 3, live: 0 });
  });

  test('forgets what could not be compiled', async () => {
    const count = countingBackend(nodeBackend());
    const cache = new ProgramCache(2);
    const failing = () => Promise.reject(new Error('no room'));
    await expect(cache.use('a', failing, result)).rejects.toThrow('no room');
    expect(await cache.use('a', compileWith(count, 2), result)).toEqual([1]);
    await cache.dispose();
    expect(count.live).toBe(0);
  });
});

test('lanes compile one model of each graph, lowered once', async () => {
  const models: Uint8Array[] = [];
  const engine = nodeBackend();
  const backend = {
    ...engine,
    compile(model: Uint8Array, options?: CompileOptions) {
      models.push(model);
      return engine.compile(model, options);
    },
  };
  const generator = createGenerator(goldenModel, goldenParameters, backend, {
    sessions: 3,
    threads: 1,
    batch_size: 16,
  });
  const { input_ids, attention_mask } = goldenSources;
  const many = { input_ids: Array(12).fill(input_ids).flat(), attention_mask: Array(12).fill(attention_mask).flat() };
  await generator.generate(many, overlay(fromFile, { num_beams: 3, max_new_tokens: 8 }));
  await generator.dispose();
  const contents = new Set(models.map((model) => Buffer.from(model).toString('base64')));
  expect(new Set(models).size).toBe(contents.size);
  expect(models.length).toBeGreaterThan(2 * contents.size);
});
