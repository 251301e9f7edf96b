/** Many calls at once: they share batches, and what happens to one happens to it alone. */
import { getEventListeners } from 'node:events';
import { afterAll, describe, expect, test } from 'vitest';
import {
  createCausalGenerator,
  createGenerator,
  type Generated,
  type GenerationConfig,
  type Generator,
  overlay,
  readGenerationConfig,
  streamTokens,
} from '../../src/decode/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { observedBackend } from '../runtime/observed-backend.ts';
import { goldenConfig, goldenModel, goldenParameters, goldenTokens } from './marian-golden.ts';
import { seeded } from './seeded.ts';
import { toyAttention } from './toy-attention-causal.ts';

const fromFile = readGenerationConfig(goldenConfig, 'generation_config.json');
const { targetVocabulary: V } = goldenTokens;
const engine = nodeBackend();

/** Runs that the engine made. */
const count = { runs: 0 };
const counted = observedBackend(engine, { ran: () => count.runs++ });
const generator = createGenerator(goldenModel, goldenParameters, counted);
const causal = createCausalGenerator(toyAttention.model, toyAttention.weights(seeded(2)), engine);
afterAll(() => Promise.all([generator.dispose(), causal.dispose()]));

/** Made-up sentences of many lengths. */
const sentences = Array.from({ length: 200 }, (_, i) => [
  ...Array.from({ length: 1 + ((i * 7) % 13) }, (_, j) => 1 + ((i * 31 + j * j * 17) % (V - 2))),
  0,
]);
const greedy: GenerationConfig = overlay(fromFile, { num_beams: 1, max_new_tokens: 8 });

/** The same tokens, and scores but for what a batch of another size rounds otherwise. */
function expectSame(found: readonly Generated[], wanted: readonly Generated[]): void {
  expect(found.map(({ sequences }) => sequences)).toEqual(wanted.map(({ sequences }) => sequences));
  found.forEach(({ scores }, i) => {
    scores.forEach((score, j) => {
      expect(Math.abs(score - wanted[i].scores[j])).toBeLessThan(1e-5);
    });
  });
}

describe.each<[string, GenerationConfig]>([
  ['greedy search', greedy],
  ['beam search', overlay(greedy, { num_beams: 4, num_return_sequences: 2 })],
  ['sampling', overlay(greedy, { do_sample: true, seed: 3 })],
])('two hundred calls of %s at once', (_, config) => {
  test('give what they give one after the other, in few batches', async () => {
    const wanted: Generated[] = [];
    for (const sentence of sentences) wanted.push(...(await generator.generate([sentence], config)));
    const before = count.runs;
    const found = await Promise.all(sentences.map((sentence) => generator.generate([sentence], config)));
    expectSame(found.flat(), wanted);
    // Four batches: a start, at most eight steps and as many times gathering each.
    expect(count.runs - before).toBeLessThanOrEqual(4 * 17);
  });
});

test('calls share batches whatever their numbers are, and each keeps its own', async () => {
  const configs = sentences.slice(0, 60).map((_, i) =>
    overlay(greedy, {
      max_new_tokens: 1 + (i % 8),
      repetition_penalty: 1 + (i % 5) / 2,
      no_repeat_ngram_size: i % 3,
      suppress_tokens: i % 2 ? [3 + (i % 20), 11] : null,
      min_new_tokens: i % 4 === 0 ? 1 : null,
    }),
  );
  const wanted: Generated[] = [];
  for (const [i, config] of configs.entries()) wanted.push(...(await generator.generate([sentences[i]], config)));
  const before = count.runs;
  const found = await Promise.all(configs.map((config, i) => generator.generate([sentences[i]], config)));
  expectSame(found.flat(), wanted);
  // A batch for each of three sessions, which 60 paths are worth.
  expect(count.runs - before).toBeLessThanOrEqual(3 * 17);
});

test('a call is done when its own sentences are, not when the batch is', async () => {
  const order: string[] = [];
  const { length } = sentences[5];
  const like = sentences.filter((sentence) => sentence.length === length);
  const long = generator.generate([like[0]], overlay(greedy, { max_new_tokens: 40, min_new_tokens: 40 }));
  const short = generator.generate([like[1]], overlay(greedy, { max_new_tokens: 1 }));
  await Promise.all([long.then(() => order.push('long')), short.then(() => order.push('short'))]);
  expect(order).toEqual(['short', 'long']);
});

test('scores of targets are those of one call', async () => {
  const targets = sentences.map((sentence) => sentence.slice(0, 5));
  const wanted = await generator.score(sentences, targets, greedy);
  const found = await Promise.all(targets.map((target, i) => generator.score([sentences[i]], [target], greedy)));
  found.flat().forEach(({ score }, i) => {
    expect(Math.abs(score - wanted[i].score)).toBeLessThan(1e-4);
  });
});

describe('an error in one call', () => {
  const rest = sentences.slice(0, 30);
  /** Calls of sentences beside one that goes wrong, and what they give alone. */
  const beside = async (work: () => Promise<unknown>) => {
    const wanted = await generator.generate(rest, greedy);
    const wrong = work().then(
      () => 'nothing went wrong',
      (error: unknown) => error,
    );
    const found = await Promise.all(rest.map((sentence) => generator.generate([sentence], greedy)));
    expectSame(found.flat(), wanted);
    return wrong;
  };

  test('does not affect the others: a listener that throws', async () => {
    const error = new Error('enough');
    let told = 0;
    const on_token = () => {
      if (++told === 3) throw error;
    };
    expect(await beside(() => generator.generate([[5, 6, 0]], greedy, { on_token }))).toBe(error);
    expect(told).toBe(3);
  });

  test('does not affect the others: a listener whose promise rejects', async () => {
    const on_token = async ({ token }: { token: number }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error(`no room for ${token}`);
    };
    const calls = [0, 1].map((i) => generator.generate([sentences[i]], greedy, i === 1 ? { on_token } : {}));
    const [kept, failed] = await Promise.allSettled(calls);
    expect(kept.status).toBe('fulfilled');
    expect(failed).toMatchObject({ reason: { message: expect.stringMatching(/no room for/) } });
  });

  test('does not affect the others: all of its tokens are banned', async () => {
    const suppress_tokens = Array.from({ length: V }, (_, id) => id);
    const error = await beside(() => generator.generate([[5, 6, 0]], overlay(greedy, { suppress_tokens })));
    expect(String(error)).toContain('every token is banned');
  });

  test('does not affect the others: its progress report throws', async () => {
    const error = new Error('no progress');
    const on_progress = () => {
      throw error;
    };
    expect(await beside(() => generator.generate([[5, 6, 0]], greedy, { on_progress }))).toBe(error);
  });
});

describe('an abort', () => {
  const reason = new Error('nobody waits');
  const long = overlay(greedy, { max_new_tokens: 40, min_new_tokens: 40 });

  test('ends every other of many calls with its reason, and the others give what they give alone', async () => {
    const wanted = await generator.generate(sentences, greedy);
    const controllers = sentences.map(() => new AbortController());
    const calls = sentences.map((sentence, i) =>
      generator.generate([sentence], greedy, { signal: controllers[i].signal }),
    );
    const outcomes = Promise.allSettled(calls);
    controllers.forEach((controller, i) => i % 4 === 1 && controller.abort(reason));
    setTimeout(() => controllers.forEach((controller, i) => i % 4 === 3 && controller.abort(reason)), 20);
    const found = await outcomes;
    const kept = found.flatMap((outcome, i) => (i % 2 === 0 && outcome.status === 'fulfilled' ? outcome.value : []));
    expect(kept).toHaveLength(100);
    expectSame(
      kept,
      wanted.filter((_, i) => i % 2 === 0),
    );
    for (const [i, outcome] of found.entries()) {
      if (i % 4 === 1) expect(outcome).toEqual({ status: 'rejected', reason });
      if (i % 4 === 3 && outcome.status === 'rejected') expect(outcome.reason).toBe(reason);
    }
  });

  test('before the call does nothing at all', async () => {
    const before = count.runs;
    const signal = AbortSignal.abort(reason);
    await expect(generator.generate(sentences, greedy, { signal })).rejects.toBe(reason);
    await expect(generator.score(sentences, sentences, greedy, { signal })).rejects.toBe(reason);
    expect(count.runs).toBe(before);
  });

  test('ends the steps of a batch that nobody waits for', async () => {
    const controller = new AbortController();
    const before = count.runs;
    let told = 0;
    const on_token = () => {
      if (++told === 2) controller.abort(reason);
    };
    const call = generator.generate([sentences[0]], long, { signal: controller.signal, on_token });
    await expect(call).rejects.toBe(reason);
    await generator.generate([sentences[1]], overlay(greedy, { max_new_tokens: 1 }));
    expect(count.runs - before).toBeLessThan(10);
    expect(told).toBe(2);
  });

  test('leaves no listener on a signal that serves many calls', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const counted = new Proxy(signal, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name === 'addEventListener') listeners++;
        if (name === 'removeEventListener') listeners--;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    for (let i = 0; i < 5; i++) await generator.generate([sentences[i]], greedy, { signal: counted });
    expect(listeners).toBe(0);
  });

  test('may come by one signal for all calls: Node is not warned of a leak', async () => {
    const { signal } = new AbortController();
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    await Promise.all(sentences.map((sentence) => generator.generate([sentence], greedy, { signal })));
    await new Promise((resolve) => setTimeout(resolve));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('ends a stream', async () => {
    const controller = new AbortController();
    const read = async () => {
      for await (const _ of streamTokens(causal, [[1]], { max_new_tokens: 11 }, { signal: controller.signal })) {
        controller.abort(reason);
      }
    };
    await expect(read()).rejects.toBe(reason);
  });
});

test('after its disposal a generator says so, and calls in flight end', async () => {
  const own: Generator = createGenerator(goldenModel, goldenParameters, engine);
  const calls = Promise.allSettled(sentences.map((sentence) => own.generate([sentence], greedy)));
  await own.generate([sentences[0]], greedy);
  await own.dispose();
  for (const outcome of await calls) {
    if (outcome.status === 'rejected') expect(String(outcome.reason)).toContain('the generator is disposed');
  }
  await expect(own.generate([sentences[0]], greedy)).rejects.toThrow('the generator is disposed');
});
