/**
 * Waiting sentences join a batch that is running: the results are those that each sentence has alone, and a short call
 * does not wait for the end of a long one.
 */
import { describe, expect, test } from 'vitest';
import {
  createCausalGenerator,
  createGenerator,
  type Generated,
  type GenerationConfig,
  type Generator,
  overlay,
  readGenerationConfig,
  type Sources,
} from '../../src/decode/index.ts';
import { rulesOf } from '../../src/decode/search/rules.ts';
import { settingsOf } from '../../src/decode/settings/generation-settings.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { observedBackend } from '../runtime/observed-backend.ts';
import { goldenConfig, goldenModel, goldenParameters, goldenTokens } from './marian-golden.ts';
import { seeded } from './seeded.ts';
import { toyAttention } from './toy-attention-causal.ts';
import { toyModel, toySizes, toyStart, toyWeights } from './toy-recurrent.ts';
import { toyRecurrent } from './toy-recurrent-causal.ts';

const { targetVocabulary: V } = goldenTokens;
const one = { sessions: 1, threads: 1 } as const;
const marian: GenerationConfig = overlay(readGenerationConfig(goldenConfig, 'generation_config.json'), {});
const words = (count: number, most: number) => Array.from({ length: count }, (_, i) => 1 + ((i * 7) % (most - 1)));

interface Kind {
  readonly make: () => Generator;
  readonly config: GenerationConfig;
  /** A sentence whose search takes long, and others of several lengths. */
  readonly long: number[];
  readonly others: number[][];
}

const encoderDecoder: Kind = {
  make: () => createGenerator(goldenModel, goldenParameters, nodeBackend(), one),
  config: marian,
  long: [...words(9, V - 1), 0],
  others: [2, 14, 5].map((count) => [...words(count, V - 1), 0]),
};
const causal: Omit<Kind, 'make'> = {
  config: { bos_token_id: 1, eos_token_id: 0 },
  long: [1, 2, 3],
  others: [[2], [3, 1, 2, 2, 3], [1, 3]],
};
const kinds: Readonly<Record<string, Kind>> = {
  Marian: encoderDecoder,
  'a recurrent encoder–decoder': {
    make: () => createGenerator(toyModel, toyWeights(seeded(4)), nodeBackend(), one),
    config: { decoder_start_token_id: toyStart, eos_token_id: 0 },
    long: words(4, toySizes.source),
    others: [words(2, toySizes.source), words(6, toySizes.source), [3]],
  },
  'a language model of attention layers': {
    ...causal,
    make: () => createCausalGenerator(toyAttention.model, toyAttention.weights(seeded(2)), nodeBackend(), one),
  },
  'a recurrent language model': {
    ...causal,
    make: () => createCausalGenerator(toyRecurrent.model, toyRecurrent.weights(seeded(3)), nodeBackend(), one),
  },
};

const searches: Readonly<Record<string, GenerationConfig>> = {
  'greedy search': { num_beams: 1 },
  'beam search': { num_beams: 3, num_return_sequences: 2 },
  sampling: { num_beams: 1, do_sample: true, seed: 5, num_return_sequences: 2 },
};

/** The same sequences; scores up to what another batch rounds otherwise. */
function expectSame(found: readonly Generated[], wanted: readonly Generated[]): void {
  expect(found.map(({ sequences }) => sequences)).toEqual(wanted.map(({ sequences }) => sequences));
  found.forEach(({ scores, attentions }, i) => {
    scores.forEach((score, j) => {
      expect(Math.abs(score - wanted[i].scores[j])).toBeLessThan(1e-5);
    });
    expect(attentions?.flat(3).map((row) => [...row].length)).toEqual(
      wanted[i].attentions?.flat(3).map((row) => [...row].length),
    );
    attentions?.flat(3).forEach((row, at) => {
      const other = wanted[i].attentions!.flat(3)[at];
      row.forEach((weight, s) => {
        expect(Math.abs(weight - other[s])).toBeLessThan(1e-4);
      });
    });
  });
}

/** Starts a long search, and `later` once it runs; returns results, and which was done first. */
async function beside(
  generator: Generator,
  long: Sources,
  config: GenerationConfig,
  later: () => Promise<Generated[]>,
) {
  const order: string[] = [];
  const work = generator.generate(long, config);
  await new Promise((resolve) => setTimeout(resolve));
  const [first, second] = await Promise.all([
    work.finally(() => order.push('long')),
    later().finally(() => order.push('later')),
  ]);
  return { first, second, order };
}

describe.each(Object.entries(kinds))('%s', (_, { make, config, long, others }) => {
  test.each(Object.entries(searches))(
    'gives by %s what each sentence gives alone, whoever joins',
    async (__, search) => {
      const generator = make();
      const settings = overlay(config, search);
      const length = config === marian ? 40 : 7;
      const lasting = overlay(settings, { max_new_tokens: length, min_new_tokens: length });
      const short = overlay(settings, { max_new_tokens: 3 });
      const alone: Generated[] = [];
      for (const [i, source] of others.entries()) {
        // Draws depend on the place in the call.
        const all = others.map((other, at) => (at === i ? source : other.slice(0, 1)));
        alone.push((await generator.generate(all, short))[i]);
      }
      const wanted = await generator.generate([long], lasting);
      const found = await beside(generator, [long], lasting, () => generator.generate(others, short));
      await generator.dispose();
      expectSame(found.first, wanted);
      expectSame(found.second, alone);
    },
  );
});

test('a call with few sentences is done before a longer one that it joined', async () => {
  const generator = encoderDecoder.make();
  const config = overlay(marian, { num_beams: 2 });
  const lasting = overlay(config, { max_new_tokens: 40, min_new_tokens: 40 });
  const later = () => generator.generate(encoderDecoder.others, overlay(config, { max_new_tokens: 3 }));
  const { order } = await beside(generator, [encoderDecoder.long], lasting, later);
  await generator.dispose();
  expect(order).toEqual(['later', 'long']);
});

test('attention weights are those of each sentence alone', async () => {
  const generator = encoderDecoder.make();
  const config = overlay(marian, { num_beams: 2 });
  const lasting = overlay(config, { max_new_tokens: 30, min_new_tokens: 30 });
  const shown = { output_attentions: true };
  const [long] = await generator.generate([encoderDecoder.long], lasting, shown);
  const alone: Generated[] = [];
  for (const source of encoderDecoder.others) alone.push(...(await generator.generate([source], config, shown)));
  const work = generator.generate([encoderDecoder.long], lasting, shown);
  await new Promise((resolve) => setTimeout(resolve));
  const found = await generator.generate(encoderDecoder.others, config, shown);
  expectSame([...(await work), ...found], [long, ...alone]);
  await generator.dispose();
});

test('an aborted call leaves the batch that it joined, and the others continue', async () => {
  const controller = new AbortController();
  // The joined call has had several steps by then, and the first one needs forty.
  const runsUntilAbort = 10;
  let runs = Number.NEGATIVE_INFINITY;
  const ran = () => {
    if (++runs === runsUntilAbort) controller.abort(new Error('not needed'));
  };
  const generator = createGenerator(goldenModel, goldenParameters, observedBackend(nodeBackend(), { ran }), one);
  const lasting = overlay(marian, { num_beams: 2, max_new_tokens: 40, min_new_tokens: 40 });
  const wanted = await generator.generate([encoderDecoder.long], lasting);
  let isOver = false;
  const work = generator.generate([encoderDecoder.long], lasting).finally(() => {
    isOver = true;
  });
  await new Promise((resolve) => setTimeout(resolve));
  runs = 0;
  const joined = generator.generate(encoderDecoder.others, lasting, { signal: controller.signal });
  await expect(joined).rejects.toThrow('not needed');
  expect(isOver).toBe(false);
  expectSame(await work, wanted);
  await generator.dispose();
});

test('a call that is made while another one fails does not fail with it', async () => {
  const generator = encoderDecoder.make();
  const config = overlay(marian, { num_beams: 1, max_new_tokens: 10 });
  const wanted = await generator.generate(encoderDecoder.others, config);
  let other: Promise<Generated[]> | undefined;
  const failing = generator.generate([encoderDecoder.long], config, {
    on_token() {
      other ??= generator.generate(encoderDecoder.others, config);
      throw new Error('the client is gone');
    },
  });
  await expect(failing).rejects.toThrow('the client is gone');
  expectSame(await other!, wanted);
  await generator.dispose();
});

test('a run ends when the last call that needs it is aborted, also if other calls that joined are done', async () => {
  const signals = new Set<AbortSignal | undefined>();
  const observed = observedBackend(nodeBackend(), { ran: (_, options) => signals.add(options?.signal) });
  const generator = createGenerator(goldenModel, goldenParameters, observed, one);
  const lasting = overlay(marian, { num_beams: 2, max_new_tokens: 40, min_new_tokens: 40 });
  const controller = new AbortController();
  const work = generator.generate([encoderDecoder.long], lasting, { signal: controller.signal });
  const failure = expect(work).rejects.toThrow('not needed');
  await new Promise((resolve) => setTimeout(resolve));
  await generator.generate(encoderDecoder.others, overlay(marian, { num_beams: 2, max_new_tokens: 3 }));
  controller.abort(new Error('not needed'));
  expect([...signals].map((signal) => signal?.aborted)).toEqual([true]);
  await failure;
  await generator.dispose();
});

test('a call that joined waits for the promises of its on_progress, and fails with them', async () => {
  const generator = encoderDecoder.make();
  const config = overlay(marian, { num_beams: 2, max_new_tokens: 3 });
  const lasting = overlay(config, { max_new_tokens: 40, min_new_tokens: 40 });
  const work = generator.generate([encoderDecoder.long], lasting);
  const later = (then: () => void) =>
    generator.generate(encoderDecoder.others.slice(0, 1), config, { on_progress: () => work.then(then) });
  await new Promise((resolve) => setTimeout(resolve));
  let isWritten = false;
  const written = later(() => {
    isWritten = true;
  });
  const failing = later(() => {
    throw new Error('the disk is full');
  });
  const failure = expect(failing).rejects.toThrow('the disk is full');
  expect(await written).toHaveLength(1);
  expect(isWritten).toBe(true);
  await failure;
  await generator.dispose();
});

test('few bans change no scores in the graph, and what they leave is the same as with many', async () => {
  const generator = encoderDecoder.make();
  const config = overlay(marian, {
    num_beams: 4,
    num_return_sequences: 4,
    max_new_tokens: 8,
    renormalize_logits: false,
  });
  const [free] = await generator.generate([encoderDecoder.long], config);
  const banned = free.sequences[0][1];
  const few = overlay(config, { suppress_tokens: [banned] });
  /** Sequences that cannot occur, because their first token is banned. */
  const impossible = Array.from({ length: 20 }, (_, id) => [banned, 1 + id]);
  const many = overlay(few, { bad_words_ids: impossible });
  const changes = (fields: GenerationConfig) => rulesOf(settingsOf(fields, goldenModel), false, V).changes;
  expect([changes(few), changes(many)]).toEqual([false, true]);
  const [left] = await generator.generate([encoderDecoder.long], few);
  expect(left.sequences.flat()).not.toContain(banned);
  expectSame([left], await generator.generate([encoderDecoder.long], many));
  await generator.dispose();
});
