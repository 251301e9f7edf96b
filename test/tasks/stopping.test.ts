/** What ends a text early, in the pipelines that write and in `predict`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TextStreamer } from '../../src/decode/stream/text-streamer.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { pipeline } from '../../src/tasks/index.ts';
import { nodePlatform } from '../../src/tasks/platform/node.ts';
import { modelSource } from '../../src/tasks/platform/platform.ts';
import { taskRow } from '../../src/tasks/task-list.ts';
import { SmallRun } from './small-run.ts';
import { taskSamples } from './task-sample.ts';

const sampleOf = (task: string) => taskSamples.find((sample) => sample.task === task)!;

async function trained(task: string): Promise<SmallRun> {
  const run = await SmallRun.make(sampleOf(task));
  await run.train('model', [...run.unvalidated, 'data.test=null', 'train.save_steps=6']);
  return run;
}

describe('a translation', () => {
  let run: SmallRun;
  let translate: Awaited<ReturnType<typeof pipeline<'translation'>>>;
  const { lines } = sampleOf('translation');
  const options = { num_beams: 1, max_new_tokens: 12, output_scores: true };
  beforeAll(async () => {
    run = await trained('translation');
    translate = await pipeline('translation', run.at('model'));
  });
  afterAll(async () => {
    await translate.dispose();
    await run.remove();
  });

  test('ends with the token in which a stop string ends, of beams too', async () => {
    const plain = await translate(lines, options);
    const [{ translation_text: text }] = plain as [{ translation_text: string }];
    const stop = text.slice(2, 4);
    const stopped = await translate(lines, { ...options, stop_strings: [stop] });
    stopped.forEach(({ translation_text: found, token_ids = [] }, i) => {
      expect(plain[i]?.token_ids?.slice(0, token_ids.length)).toEqual(token_ids);
      const before = translate.tokenizers.target.decode(token_ids.slice(0, -1), { skip_special_tokens: true });
      expect(before).not.toContain(stop);
      if (plain[i]?.translation_text.includes(stop)) expect(found).toContain(stop);
    });
    for (const { translation_text, token_ids = [] } of await translate(lines, {
      num_beams: 3,
      stop_strings: stop,
      output_scores: true,
    })) {
      const before = translate.tokenizers.target.decode(token_ids.slice(0, -1), { skip_special_tokens: true });
      expect(before, translation_text).not.toContain(stop);
    }
  });

  test('is one token long if its time runs out at once', async () => {
    for (const { token_ids } of await translate(lines, { ...options, max_time: 1e-6 }))
      expect(token_ids).toHaveLength(1);
  });

  test('needs the tokenizer if only ids are given', async () => {
    const inputs = [translate.tokenizers.source.encode(lines[0] as string)];
    const { target } = translate.tokenizers;
    const call = { inputs, stop_strings: 'a', num_beams: 1 };
    await expect(translate.model.generate(call)).rejects.toThrow('stop_strings needs the tokenizer');
    const sequences = await translate.model.generate({ ...call, tokenizer: target });
    expect(sequences).toHaveProperty('dims');
  });

  test('of predict ends there too', async () => {
    const [{ translation_text: text }] = (await translate(lines[0] as string, options)) as [
      { translation_text: string },
    ];
    const settings = ['generation.num_beams=1', `generation.stop_strings=${JSON.stringify([text.slice(1, 3)])}`];
    const open = taskRow('translation').predictor(settings, { json: false });
    const predictor = await open(modelSource(nodePlatform, run.at('model'), { backend: nodeBackend() }));
    const [result] = await predictor.predict([lines[0] as string]);
    await predictor.dispose();
    expect(text.startsWith(result?.text ?? '-')).toBe(true);
    expect(result?.text.length).toBeLessThan(text.length);
    expect(result?.text).toContain(text.slice(1, 3));
  });
});

describe('a continuation', () => {
  let run: SmallRun;
  let generate: Awaited<ReturnType<typeof pipeline<'text-generation'>>>;
  const prompt = sampleOf('text-generation').lines[0] as string;
  beforeAll(async () => {
    run = await trained('text-generation');
    generate = await pipeline('text-generation', run.at('model'));
  });
  afterAll(async () => {
    await generate.dispose();
    await run.remove();
  });

  test('ends with its stop string beyond the positions of the model, streamed as it is returned', async () => {
    const options = { max_new_tokens: 200, do_sample: true, seed: 3, return_full_text: false };
    const [{ generated_text: plain }] = (await generate(prompt, options)) as [{ generated_text: string }];
    // What comes late for the first time: after the positions are full.
    const at = [...plain].findLastIndex((_, i) => plain.indexOf(plain.slice(i, i + 3)) === i && i + 3 < plain.length);
    const stop = plain.slice(at, at + 3);
    const pieces: string[] = [];
    const streamer = new TextStreamer(generate.tokenizer, {
      callback_function: (piece) => pieces.push(piece),
      skip_prompt: true,
    });
    const [{ generated_text: text }] = (await generate(prompt, { ...options, stop_strings: [stop], streamer })) as [
      { generated_text: string },
    ];
    expect(at).toBeGreaterThan(20);
    expect(plain.startsWith(text)).toBe(true);
    expect(text.indexOf(stop)).toBeGreaterThan(text.length - 3 - stop.length);
    expect(text.length).toBeLessThan(plain.length);
    expect(pieces.join('')).toBe(text);
  });

  test('ends soon after its time is over, however many tokens were asked for', async () => {
    const start = performance.now();
    await generate(prompt, { max_new_tokens: 1e9, max_time: 0.2 });
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test('is streamed to an object with the methods of a streamer, whose errors end the call', async () => {
    const streamer = { prompt: () => undefined, put: () => undefined, end: () => undefined };
    for (const wrong of [{}, 'text', { ...streamer, end: 1 }]) {
      const call = generate(prompt, { streamer: wrong as unknown as typeof streamer });
      await expect(call).rejects.toThrow(/streamer: expected an object with prompt, put and end, got one without/);
    }
    for (const name of ['prompt', 'put', 'end'] as const) {
      const late = async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        throw new Error(`${name} failed`);
      };
      await expect(generate(prompt, { streamer: { ...streamer, [name]: late } })).rejects.toThrow(`${name} failed`);
    }
  });

  test('of no text has no results, and an abort ends it nevertheless', async () => {
    expect(await generate([])).toEqual([]);
    await expect(generate([], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  test('of endless length ends by its signal', async () => {
    const controller = new AbortController();
    const call = generate([prompt, prompt], { max_new_tokens: 1e9, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(call).rejects.toThrow('enough');
  });
});
