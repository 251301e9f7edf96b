/** Two hundred calls at once, of every task. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ModelTensor, pipeline } from '../../src/tasks/index.ts';
import { SmallRun } from './small-run.ts';
import { callOf, type TaskSample, textSamples } from './task-sample.ts';

const many = 200;

type Call = (inputs: unknown, options?: object) => Promise<unknown>;

/** Numbers may differ by what a sum of another order gives, everything else must be the same. */
function expectSame(found: unknown, wanted: unknown): void {
  if (typeof wanted === 'number') expect(found).toBeCloseTo(wanted, 5);
  else if (typeof wanted !== 'object' || wanted === null) expect(found).toBe(wanted);
  else {
    expect(Object.keys(found as object)).toEqual(Object.keys(wanted));
    for (const [name, value] of Object.entries(wanted)) expectSame((found as Record<string, unknown>)[name], value);
  }
}

async function trained(sample: TaskSample): Promise<SmallRun> {
  const run = await SmallRun.make(sample);
  await run.train('model', [...run.unvalidated, 'data.test=null', 'train.save_steps=6']);
  return run;
}

describe.each(textSamples)('$task', (sample) => {
  let run: SmallRun;
  beforeAll(async () => {
    run = await trained(sample);
  });
  afterAll(() => run.remove());

  const { inputOf = (line: string) => line } = sample;
  const texts = Array.from({ length: many }, (_, at) => {
    const words = sample.lines[at % sample.lines.length].split(' ');
    const part = words.slice(0, 1 + (at % words.length)).join(' ');
    return inputOf(part.includes(sample.needed ?? '') ? part : `${part} ${sample.needed}`);
  });

  const open = async () => {
    const use = await pipeline(sample.task, run.at('model'));
    const call: Call = async (...given) => {
      const output = await callOf(use)(...given);
      return output instanceof ModelTensor ? output.tolist() : output;
    };
    return { call, dispose: () => use.dispose() };
  };

  test('two hundred calls at once give what the calls give one after the other', async () => {
    const { call, dispose } = await open();
    const together = await Promise.all(texts.map((text) => call(text, sample.options)));
    for (const [at, text] of [...texts.entries()].slice(0, 40))
      expectSame(together[at], await call(text, sample.options));
    const lists = await Promise.all(texts.map((text, at) => call([text, texts[(at + 7) % many]], sample.options)));
    const alone = await Promise.all(texts.map((text) => call([text], sample.options)));
    lists.forEach((pair, at) => {
      expectSame((pair as unknown[])[0], (alone[at] as unknown[])[0]);
      expectSame((pair as unknown[])[1], (alone[(at + 7) % many] as unknown[])[0]);
    });
    await dispose();
  });

  test('a wrong call fails alone', async () => {
    const { call, dispose } = await open();
    const outcomes = await Promise.allSettled(
      texts.map((text, at) => (at % 10 === 3 ? call([text, 7]) : call(text, sample.options))),
    );
    outcomes.forEach((outcome, at) => {
      if (at % 10 !== 3) expect(outcome.status).toBe('fulfilled');
      else expect(outcome).toMatchObject({ reason: { message: expect.stringMatching(/: expected .*got number/) } });
    });
    await dispose();
  });

  test('an aborted call rejects with its reason, the others go on', async () => {
    const { call, dispose } = await open();
    const wanted = await call(texts[0], sample.options);
    const controllers = texts.map(() => new AbortController());
    const calls = texts.map((_, at) => call(texts[0], { ...sample.options, signal: controllers[at].signal }));
    const reason = new Error('nobody waits');
    const outcomes = Promise.allSettled(calls);
    controllers.forEach((controller, at) => at % 2 === 1 && controller.abort(reason));
    (await outcomes).forEach((outcome, at) => {
      if (at % 2 === 1) expect(outcome).toEqual({ status: 'rejected', reason });
      else if (outcome.status === 'fulfilled') expectSame(outcome.value, wanted);
      else throw outcome.reason;
    });
    const late = call(texts[0], { ...sample.options, signal: AbortSignal.abort(reason) });
    await expect(late).rejects.toBe(reason);
    await dispose();
  });

  test('disposed of meanwhile, every call ends, with its result or with an error that says why', async () => {
    const { call, dispose } = await open();
    const wanted = await call(texts[0], sample.options);
    const calls = Promise.allSettled(texts.map(() => call(texts[0], sample.options)));
    await dispose();
    for (const outcome of await calls) {
      if (outcome.status === 'fulfilled') expectSame(outcome.value, wanted);
      else expect(String(outcome.reason)).toMatch(/is disposed/);
    }
    await expect(call(texts[0], sample.options)).rejects.toThrow(/is disposed/);
  });
});
