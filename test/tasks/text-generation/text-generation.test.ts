/** Language models that learn a text by heart, a verse that comes again and again. */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCausalGenerator } from '../../../src/decode/generator.ts';
import { diskFolder } from '../../../src/io/disk-folder.ts';
import { inRole } from '../../../src/models/families/check-config.ts';
import { loadModel } from '../../../src/models/folder/load.ts';
import type { Feeds } from '../../../src/runtime/backend.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { pipeline, type TextGenerationPipeline, TextStreamer } from '../../../src/tasks/index.ts';
import { evaluateFiles } from '../../../src/tasks/verbs/evaluate.ts';
import { predictLines } from '../../../src/tasks/verbs/predict.ts';
import { observedBackend } from '../../runtime/observed-backend.ts';
import { runningSample } from '../running-sample.ts';
import { SmallRun } from '../small-run.ts';
import type { TaskSample } from '../task-sample.ts';

const verse = 'one pick lifts the warp,\na weft goes 한 번.\n';
const poem = verse.repeat(60);
const names = ['anna', 'benno', 'clara', 'dora', '보라'];

const sample: TaskSample = {
  ...runningSample,
  files: {
    'train.txt': poem,
    'validation.txt': verse.repeat(4),
    'test.txt': verse.repeat(3),
    'names.txt': names.join('\n').concat('\n').repeat(40),
  },
};

const pace = (rate: number) => [
  `train.learning_rate=${rate}`,
  'train.max_steps=180',
  'train.warmup_steps=10',
  'train.eval_steps=180',
  'train.save_steps=180',
];
const transformer = [
  'model.hidden_size=32',
  'model.num_hidden_layers=2',
  'model.max_position_embeddings=null',
  'model.initializer_range=0.2',
  'model.scale_embedding=false',
  'model.dropout=0',
  ...pace(1e-2),
];
const lstm = [
  'model={ model_type: recurrent_lm, cell: lstm, embedding_size: 32, hidden_size: 64, dropout: 0.1 }',
  ...pace(2e-2),
];

const bytePairs = ['tokenizer={ vocab_size: 300 }', ...transformer];

let run: SmallRun;
beforeAll(async () => {
  run = await SmallRun.make(sample);
});
afterAll(() => run?.remove());

test('a batch of one block is one shard: a second one would be empty', async () => {
  const backend = { ...nodeBackend(), cores: 2, parallelism: 2 };
  const shardsOf = async (out: string, tokens: number) => {
    const short = ['train.max_steps=1', 'train.warmup_steps=0', 'data.validation=null', 'train.eval_steps=null'];
    await run.train(out, [...short, `train.max_tokens_per_batch=${tokens}`], { backend });
    return (await run.json(out, 'trainer_state.json')).shards;
  };
  expect(await shardsOf('block', 32)).toBe(1);
  expect(await shardsOf('blocks', 64)).toBe(2);
});

test('beside a number of blocks for the training, max_tokens_per_batch says how many an evaluation reads at once', async () => {
  const short = ['train.max_steps=1', 'train.warmup_steps=0', 'train.eval_steps=1', 'train.shards=1'];
  const mostBlocks = async (...settings: string[]) => {
    const blocks: number[] = [];
    const ran = ({ input_ids }: Feeds) => void blocks.push(Number(input_ids?.shape[0]));
    const backend = observedBackend(nodeBackend(), { ran });
    await run.train(`${settings.length} settings`, [...short, ...settings], { backend });
    return Math.max(...blocks.filter((count) => !Number.isNaN(count)));
  };
  const two = 'train.per_device_train_batch_size=2';
  expect(await mostBlocks('train.max_tokens_per_batch=null', two)).toBeGreaterThan(3);
  expect(await mostBlocks('train.max_tokens_per_batch=96', two, 'data.test=null')).toBe(3);
});

/** So many characters of the poem after its first `from`. */
const poemFrom = (from: number, count: number) => [...poem].slice(from, from + count).join('');

describe.each([
  ['Transformer', transformer],
  ['LSTM', lstm],
  ['Transformer of byte pairs', bytePairs],
])('a %s that has learnt a verse by heart', (name, settings) => {
  let generate: TextGenerationPipeline;
  beforeAll(async () => {
    await run.train(name, settings);
    generate = await pipeline('text-generation', run.at(name));
  });
  afterAll(() => generate?.dispose());

  test('continues it, beyond its positions', async () => {
    const [{ generated_text }] = await generate(poemFrom(0, 14), { max_new_tokens: 150 });
    const whole = generated_text.replace(/\ufffd$/, '');
    expect(whole).toBe(poem.slice(0, whole.length));
    expect([...whole].length).toBeGreaterThanOrEqual(164);
  });

  test('begins it by itself', async () => {
    const [{ generated_text }] = await generate('', { max_new_tokens: 20 });
    expect(poem).toContain(`\n${generated_text}`);
    expect(generated_text.length).toBeGreaterThanOrEqual(20);
  });

  test('reads a prompt as in the poem, and returns it with its continuation, blank for blank', async () => {
    const starts = ['one pick', 'a weft', ' lifts the', 'warp,\n', '\na weft goes 한'];
    for (const prompt of starts) {
      const after = poem.slice(poem.indexOf(prompt, verse.length) + prompt.length);
      const pieces: string[] = [];
      const streamer = new TextStreamer(generate.tokenizer, {
        callback_function: (text) => pieces.push(text),
        skip_prompt: true,
      });
      const [{ generated_text }] = await generate(prompt, { max_new_tokens: 12, streamer });
      expect(generated_text.slice(0, prompt.length)).toBe(prompt);
      const added = generated_text.slice(prompt.length);
      expect([prompt, added]).toEqual([prompt, after.slice(0, added.length)]);
      expect(pieces.join('')).toBe(added);
      const alone = await generate(prompt, { max_new_tokens: 12, return_full_text: false });
      expect(alone).toEqual([{ generated_text: added }]);
    }
  });

  test('scores it with the likelihood of its tokens', async () => {
    const data = [run.at('data/test.txt')];
    const { metrics } = await evaluateFiles(run.at(name), { data, settings: [] });
    const loaded = inRole(await loadModel(diskFolder(run.at(name))), 'causal', name);
    const generator = createCausalGenerator(loaded.model, loaded.parameters, nodeBackend());
    const ids = generate.tokenizer.encode(`\n${verse.repeat(3)}`);
    const starts = Array.from({ length: Math.ceil((ids.length - 1) / 32) }, (_, i) => 32 * i);
    const scored = await generator.score(
      starts.map((start) => [ids[start]]),
      starts.map((start) => ids.slice(start + 1, start + 33)),
      {},
    );
    await generator.dispose();
    const nats = -scored.reduce((sum, { score }) => sum + score, 0) / (ids.length - 1);
    expect(metrics.eval_loss).toBeCloseTo(nats, 5);
    expect(metrics.eval_perplexity).toBeCloseTo(Math.exp(nats), 5);
    const perCharacter = (nats * (ids.length - 1)) / [...verse.repeat(3)].length;
    expect(metrics.eval_nats_per_character).toBeCloseTo(perCharacter, 5);
    expect(metrics.eval_bits_per_character).toBeCloseTo(perCharacter / Math.LN2, 5);
    expect(metrics.eval_samples).toBe(starts.length);
    expect(nats).toBeLessThan(0.3);
  });
});

describe('the pipeline', () => {
  let generate: TextGenerationPipeline;
  beforeAll(async () => {
    generate = await pipeline('text-generation', run.at('Transformer'));
  });
  afterAll(() => generate?.dispose());
  const few = { max_new_tokens: 5 };

  test('returns what transformers.js returns: a list for a prompt, a list of lists for a list', async () => {
    const [one, two] = [poemFrom(0, 6), poemFrom(3, 9)];
    expect(await generate(one, few)).toEqual([{ generated_text: poemFrom(0, 11) }]);
    expect(await generate([one, two], few)).toEqual([
      [{ generated_text: poemFrom(0, 11) }],
      [{ generated_text: poemFrom(3, 14) }],
    ]);
    expect(await generate(one, { ...few, return_full_text: false })).toEqual([{ generated_text: poemFrom(6, 5) }]);
    const several = await generate([one, two], { ...few, do_sample: true, num_return_sequences: 3, seed: 1 });
    expect(several.map(({ length }) => length)).toEqual([3, 3]);
  });

  test('streams the text while it is generated', async () => {
    const pieces: string[] = [];
    const streamerWith = (options: object) => {
      pieces.length = 0;
      return new TextStreamer(generate.tokenizer, { callback_function: (text) => pieces.push(text), ...options });
    };
    await generate(poemFrom(0, 6), { ...few, streamer: streamerWith({ skip_prompt: true }) });
    expect(pieces).toEqual([...poemFrom(6, 5)]);
    await generate(poemFrom(0, 6), { ...few, streamer: streamerWith({}) });
    expect(pieces).toEqual([poemFrom(0, 6), ...poemFrom(6, 5)]);
    const [{ generated_text: begun }] = await generate('', { ...few, streamer: streamerWith({}) });
    expect(pieces.join('')).toBe(begun);
    const streamer = streamerWith({});
    await expect(generate(['a', 'b'], { streamer })).rejects.toThrow(
      'streamer: expected one text and one result, got 2',
    );
    await expect(generate('a', { streamer, num_beams: 2 })).rejects.toThrow('on_token needs num_beams = 1');
  });

  test('says of a prompt longer than the positions that it is cut, and not of the others', async () => {
    const long = poemFrom(0, 70);
    const [cut, whole] = await generate([long, poemFrom(0, 6)], few);
    expect(cut).toEqual([{ generated_text: poemFrom(0, 75), is_truncated: true }]);
    expect(whole).toEqual([{ generated_text: poemFrom(0, 11) }]);
  });

  test('refuses anything but texts, an unknown field, and a model that is not a language model', async () => {
    // @ts-expect-error: the compiler knows that texts are strings
    await expect(generate([7])).rejects.toThrow(/text-generation: expected texts, got number, at 0/);
    // @ts-expect-error: or one of them
    await expect(generate(7)).rejects.toThrow(/text-generation: expected a text or a list of texts, got number/);
    // @ts-expect-error: and the fields
    await expect(generate('a', { max_tokens: 7 })).rejects.toThrow(/text-generation: unknown option "max_tokens"/);
    await expect(generate('a', { return_fulltext: true } as object)).rejects.toThrow(
      /unknown option "return_fulltext"; did you mean "return_full_text"\?/,
    );
    await expect(pipeline('translation', run.at('Transformer'))).rejects.toThrow(
      /expected an encoder–decoder .*got "transformer_lm", a language model/,
    );
  });
});

describe('predict', () => {
  async function printed(
    streams: boolean,
    lines: readonly string[],
    json = false,
    more: readonly string[] = [],
  ): Promise<string[]> {
    const pieces: string[] = [];
    await predictLines(run.at('Transformer'), {
      json,
      streams,
      settings: ['generation.max_new_tokens=40', ...more],
      stdin: Readable.from([Buffer.from(lines.map((line) => `${line}\n`).join(''))]),
      print: async (text) => void pieces.push(text),
      note: () => undefined,
    });
    return pieces;
  }
  const lines = [poemFrom(0, 10), '', poemFrom(4, 9)];
  const added = [poemFrom(10, 40), '', poemFrom(13, 40)];

  test('writes on a terminal letter by letter, newlines as they are', async () => {
    const pieces = await printed(true, lines);
    expect(pieces.slice(0, 4)).toEqual([...poemFrom(10, 4)]);
    expect(pieces.join('')).toBe(added.map((text) => `${text}\n`).join(''));
  });

  test('writes one list per line for several results in JSON, and refuses them elsewhere', async () => {
    const settings = ['generation.do_sample=true', 'generation.num_return_sequences=3'];
    const objects = (await printed(false, lines, true, settings)).join('').split('\n').slice(0, -1);
    const results = objects.map((line): { generated_text: string }[] => JSON.parse(line));
    expect(results.map(({ length }) => length)).toEqual([3, 3, 3]);
    for (const [i, several] of results.entries()) {
      for (const { generated_text } of several) expect(generated_text.startsWith(lines[i])).toBe(true);
    }
    await expect(printed(false, lines, false, settings)).rejects.toThrow(
      'predict: generation.num_return_sequences: expected 1, got 3; --json writes them all, as one list per line',
    );
  });

  test('writes one line per line elsewhere, and whole texts as JSON', async () => {
    expect((await printed(false, lines)).join('')).toBe(
      added.map((text) => `${text.replaceAll('\n', ' ')}\n`).join(''),
    );
    const objects = (await printed(true, lines, true))
      .join('')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(objects).toEqual(lines.map((line, i) => ({ generated_text: line + added[i] })));
  });
});

test('a prompt of words is continued after one blank, with a blank at its end and after a word that is unknown too', async () => {
  await run.train('worded', ['tokenizer={ kind: word }', ...transformer, 'train.max_steps=20']);
  const generate = await pipeline('text-generation', run.at('worded'));
  const [{ generated_text: tight }] = await generate('one pick', { max_new_tokens: 3 });
  const [{ generated_text: loose }] = await generate('one pick ', { max_new_tokens: 3 });
  expect(tight).toMatch(/^one pick \S+ \S+ \S+$/);
  expect(loose).toBe(tight);
  for (const prompt of ['zebra', 'one zebra', 'zebra one', ' zebra', '밤']) {
    const [{ generated_text }] = await generate(prompt, { max_new_tokens: 3 });
    expect(generated_text.slice(0, prompt.length + 1)).toBe(`${prompt} `);
    expect(generated_text.slice(prompt.length)).toMatch(/^ \S+ \S+ \S+$/);
  }
  await generate.dispose();
});

test('lines that are documents are learnt with their ends', async () => {
  const settings = ['data={ train: names.txt, documents: lines }', `data.root=${run.at('data')}`, ...transformer];
  const { metrics, state } = await run.train('names', settings);
  expect(state.log_history.some((entry) => 'eval_loss' in entry)).toBe(true);
  // Which name comes next is one guess in five, and all else is known.
  expect(Number(metrics.eval_nats_per_character)).toBeLessThan(0.4);
  const generate = await pipeline('text-generation', run.at('names'));
  for (const name of names) {
    expect(await generate(name.slice(0, 2), { max_new_tokens: 30 })).toEqual([{ generated_text: name }]);
  }
  const drawn = await generate('', { do_sample: true, num_return_sequences: 40, max_new_tokens: 30, top_k: 5 });
  const right = drawn.filter(({ generated_text }) => names.includes(generated_text));
  expect(right.length).toBeGreaterThan(34);
  expect(new Set(right.map(({ generated_text }) => generated_text)).size).toBe(names.length);
  await generate.dispose();
  expect(JSON.parse(await readFile(run.at('names/config.json'), 'utf8'))).toMatchObject({
    bos_token_id: 0,
    eos_token_id: 0,
  });
  const { metrics: again } = await evaluateFiles(run.at('names'), { data: [run.at('data/names.txt')], settings: [] });
  expect(Number(again.eval_nats_per_character)).toBeLessThan(0.4);
});
