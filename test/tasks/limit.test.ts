/** What a caller may ask: numbers that nobody can mean, and the limits that a pipeline is made with. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CallLimits, pipeline } from '../../src/tasks/index.ts';
import { SmallRun } from './small-run.ts';
import { taskSamples } from './task-sample.ts';

type Call = (texts: unknown, options?: object) => Promise<Readonly<Record<string, unknown>>[]>;

const sampleOf = (task: string) => taskSamples.find((sample) => sample.task === task)!;
const writers = ['translation', 'text-generation'] as const;

describe.each(writers)('%s', (task) => {
  let run: SmallRun;
  let write: Call & { dispose(): Promise<void> };
  const open = async (limits?: CallLimits) =>
    (await pipeline(task, run.at('model'), { limits })) as unknown as typeof write;
  beforeAll(async () => {
    run = await SmallRun.make(sampleOf(task));
    await run.train('model', [...run.unvalidated, 'data.test=null', 'train.save_steps=6']);
    write = await open();
  });
  afterAll(async () => {
    await write.dispose();
    await run.remove();
  });
  const [line] = sampleOf(task).lines;

  const numbers = {
    num_beams: [0, -1, 1.5, 1e9, Number.NaN],
    num_return_sequences: [0, -1, 1.5, 1e9, Number.NaN],
    max_new_tokens: [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY],
    max_length: [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY],
    min_new_tokens: [-1, 1.5, Number.NaN],
    no_repeat_ngram_size: [-1, 1.5, Number.NaN],
    length_penalty: [-1e9, 1e9, Number.NaN],
    repetition_penalty: [0, -1, 1e-46, 1e39, Number.NaN],
    temperature: [0, -1, 1e-300, 1e300, Number.NaN],
    top_k: [-1, 1.5, Number.NaN],
    top_p: [-1, 2, Number.NaN],
    min_p: [-1, 2, Number.NaN],
    typical_p: [-1, 2, Number.NaN],
    epsilon_cutoff: [-1, 2, Number.NaN],
    eta_cutoff: [-1, 2, Number.NaN],
    seed: [-1, 1.5, Number.NaN, 1e300],
    max_time: [0, -1, Number.NaN],
  };

  test.each(Object.entries(numbers))(
    '%s refuses numbers that nobody can mean, of a blank text too',
    async (name, wrong) => {
      for (const value of wrong) {
        const options = { num_beams: 1, do_sample: true, [name]: value };
        for (const text of task === 'translation' ? [line, ' '] : [line]) {
          await expect(write(text, options), `${value}`).rejects.toThrow(new RegExp(`${name}.*(expected|must)`));
        }
      }
    },
  );

  test.each([{ top_k: 1e9 }, { no_repeat_ngram_size: 1e9 }, { seed: Number.MAX_SAFE_INTEGER }])(
    '%o is as good as none',
    async (fields) => {
      const [result] = await write(line, { num_beams: 1, do_sample: true, max_new_tokens: 3, ...fields });
      expect(Object.keys(result ?? {})[0]).toMatch(/_text$/);
    },
  );

  describe('with limits', () => {
    const limits = { texts: 2, characters: 40, num_beams: 3, num_return_sequences: 2, max_new_tokens: 4 };
    let limited: typeof write;
    beforeAll(async () => {
      limited = await open(limits);
    });
    afterAll(() => limited.dispose());

    test.each<[object, string]>([
      [{ num_beams: 4 }, 'num_beams: expected at most 3, got 4'],
      [{ num_beams: 3, num_return_sequences: 3 }, 'num_return_sequences: expected at most 2, got 3'],
      [{ max_new_tokens: 5 }, 'max_new_tokens: expected at most 4, got 5'],
      [{ max_length: 1e9 }, 'max_new_tokens: expected at most 4, got'],
    ])('a call with %o is refused', async (options, message) => {
      await expect(limited(line, options)).rejects.toThrow(`${task}: ${message}`);
    });

    test('more texts and longer ones are refused', async () => {
      await expect(limited([line, line, line])).rejects.toThrow(`${task}: expected at most 2 texts, got 3`);
      await expect(limited(['a', 'b'.repeat(41)])).rejects.toThrow(
        `${task}: expected at most 40 characters, got 41, at text 1`,
      );
    });

    test('what a call may have it has, and what it leaves to the model is cut', async () => {
      const asked = { num_beams: 3, num_return_sequences: 2, max_new_tokens: 4 };
      expect(await limited(line, asked)).toEqual(await write(line, asked));
      expect(await limited(line, { num_beams: 1 })).toEqual(await write(line, { num_beams: 1, max_new_tokens: 4 }));
    });
  });

  test.each([{ texts: 0 }, { characters: 1.5 }, { num_beams: Number.NaN }, { beams: 3 }])(
    'limits of %o are refused when the pipeline is made',
    async (limits) => {
      await expect(open(limits as CallLimits)).rejects.toThrow('pipeline: limits: ');
    },
  );
});

describe('a classifier', () => {
  test.each(['text-classification', 'token-classification'] as const)(
    'of %s takes limits of its texts, and none of what it does not do',
    async (task) => {
      const run = await SmallRun.make(sampleOf(task));
      await run.train('model', [...run.unvalidated, 'data.test=null', 'train.save_steps=6']);
      const opened = await pipeline(task, run.at('model'), { limits: { texts: 1, characters: 9 } });
      const call = opened as unknown as Call;
      await expect(call(['a', 'b'])).rejects.toThrow(`${task}: expected at most 1 texts, got 2`);
      await expect(call('a long text')).rejects.toThrow(`${task}: expected at most 9 characters, got 11, at text 0`);
      if (task === 'token-classification') {
        const words = { is_split_into_words: true };
        await expect(call(['a', 'long', 'text'], words)).rejects.toThrow('expected at most 9 characters, got 11');
      }
      await opened.dispose();
      await expect(pipeline(task, run.at('model'), { limits: { num_beams: 3 } })).rejects.toThrow(
        'pipeline: limits: unknown field "num_beams"',
      );
      await run.remove();
    },
  );
});
