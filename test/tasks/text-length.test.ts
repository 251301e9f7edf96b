/** A model that reads short and long texts in different forms: BigBird in every task that reads texts. */
import { cp, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forward } from '../../src/models/forward.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { tokenVectorProgram } from '../../src/tasks/feature-extraction/embedding-program.ts';
import { pipeline } from '../../src/tasks/index.ts';
import { openProgram } from '../../src/tasks/model/queued-program.ts';
import { readerProgram } from '../../src/tasks/question-answering/reader-program.ts';
import { classifierProgram } from '../../src/tasks/text-classification/classifier-program.ts';
import { writeAttentionPage } from '../../src/tasks/verbs/attention-file.ts';
import { evaluateFiles } from '../../src/tasks/verbs/evaluate.ts';
import type { TrainResult } from '../../src/tasks/verbs/train-recipe.ts';
import { float32Data, type Tensor } from '../../src/weights/tensor.ts';
import { integers } from '../models/golden.ts';
import { goldenModel } from '../models/golden-model.ts';
import { observedBackend } from '../runtime/observed-backend.ts';
import { fileDigest } from '../train/sequence-task.ts';
import { maskedSample } from './masked-sample.ts';
import { questionSample } from './question-sample.ts';
import { SmallRun } from './small-run.ts';
import { callOf, entitySample, feelingSample, resultsOf, type TaskSample, togetherSample } from './task-sample.ts';

/** Texts of at most (5 + 2·1)·8 tokens are attended to as a whole, longer ones block by block. */
const mostWhole = 56;
/** The most tokens that the models read. */
const most = 72;
const model = `model:
  model_type: big_bird
  hidden_size: 16
  num_hidden_layers: 2
  num_attention_heads: 2
  intermediate_size: 32
  max_position_embeddings: 72
  block_size: 8
  num_random_blocks: 1
  initializer_range: 0.3
`;

/** A sample whose model is a BigBird. */
const withBigBird = (sample: TaskSample): TaskSample => ({
  ...sample,
  recipe: sample.recipe.replace(/^model:\n( .*\n)+/m, model),
});

/** A text of so many times the words of a line, which has several parts where a pipeline takes several. */
const longOf = ({ task }: TaskSample, line: string): string => {
  const [first, ...rest] = line.split('\t');
  const long = `${rest.at(-1) ?? first} `.repeat(40).trim();
  return task === 'question-answering' ? `${first}\t${long}` : long;
};

const samples = [feelingSample, entitySample, maskedSample, togetherSample, questionSample].map(withBigBird);

describe.each(samples)('$task', (sample) => {
  let run: SmallRun;
  /** Of the trainings whose longest texts, by their recipe, are short and long, and with full attention throughout. */
  let [short, long, full]: TrainResult[] = [];
  const trained = (out: string, max_length: number, ...settings: string[]) =>
    run.train(out, [`train.max_length=${max_length}`, ...settings]);
  beforeAll(async () => {
    run = await SmallRun.make(sample);
    short = await trained('short', mostWhole);
    long = await trained('long', most);
    full = await trained('full', mostWhole, 'model.attention_type=original_full');
    await cp(run.at('long'), run.at('whole'), { recursive: true });
    const config = await run.json('long', 'config.json');
    await writeFile(run.at('whole/config.json'), JSON.stringify({ ...config, attention_type: 'original_full' }));
  });
  afterAll(() => run.remove());

  const weights = (out: string) => fileDigest(run.at(out, 'model.safetensors'));
  const scores = (metrics: TrainResult['metrics']) =>
    Object.entries(metrics).filter(([name]) => !name.endsWith('_runtime'));

  test('is trained as with full attention if train.max_length is short, and only then', async () => {
    expect(await weights('short')).toBe(await weights('full'));
    expect(scores(short.metrics)).toEqual(scores(full.metrics));
    expect(short.state.log_history.map(({ loss }) => loss)).toEqual(full.state.log_history.map(({ loss }) => loss));
    expect(await weights('long')).not.toBe(await weights('full'));
  });

  test('scores short texts with full attention however it was trained, in a run and afterwards', async () => {
    const data = sample.test.map((file) => run.at('data', file));
    const scored = async (out: string) => scores((await evaluateFiles(run.at(out), { data, settings: [] })).metrics);
    const whole = await scored('whole');
    expect(await scored('long')).toEqual(whole);
    for (const [name, value] of whole) {
      const own = long.metrics[name.replace(/^eval/, 'test')];
      if (typeof value === 'number') expect(Number(own), name).toBeCloseTo(value, 5);
    }
  });

  test('answers a short text with full attention, the same alone, beside a long one and after it', async () => {
    const input = (line: string) => sample.inputOf?.(line) ?? line;
    const [line = '', other = ''] = sample.lines;
    const [one, two] = [input(line), input(longOf(sample, other))];
    const answersOf = async (out: string) => {
      const use = await pipeline(sample.task, run.at(out));
      const call = async (...given: unknown[]) =>
        resultsOf(await callOf(use)(given, sample.options)).map((result) => JSON.stringify(result));
      const [alone] = await call(one);
      const [long, beside] = await call(two, one);
      const [after] = await call(one);
      await use.dispose();
      return { alone, long, beside, after };
    };
    const [found, whole] = [await answersOf('long'), await answersOf('whole')];
    expect(found.alone).toBe(whole.alone);
    expect(found.beside).toBe(found.alone);
    expect(found.after).toBe(found.alone);
    expect(found.long).not.toBe(whole.long);
  });

  test('shows the attention of a short text as a whole', async () => {
    const shown = async (out: string) => {
      const weights = run.at(`${out}.safetensors`);
      await writeAttentionPage(run.at(out), run.at('page.html'), { texts: sample.lines.slice(0, 1), weights });
      return fileDigest(weights);
    };
    expect(await shown('long')).toBe(await shown('whole'));
  });
});

/** Programs of tasks over golden models, the name of what forward passes give, and the numbers of a row. */
const programs = [
  ['big_bird_seqcls', 'logits', classifierProgram, (numbers: Float32Array) => numbers],
  ['big_bird_qa', 'start_logits', readerProgram, ({ start }: { readonly start: Float32Array }) => start],
  ['big_bird_model', 'last_hidden_state', tokenVectorProgram, (numbers: Float32Array) => numbers],
] as const;

describe.each(programs)('%s', (name, output, programOf, numbersOf) => {
  /** In batches of this class: texts of 9 tokens are short, the others have 9 or 10 blocks of 4. */
  const lengths = [9, 37, 33, 40, 36, 9];

  test('gives every text the numbers of a pass over it alone, whatever is read with it', async () => {
    const { loaded, of } = await goldenModel(name);
    const ids = of('padded', 'in').get('input_ids') as Tensor;
    const types = new Int32Array(40).map((_, at) => Number(at > 5));
    const rows = lengths.map((size, example) => ({
      ...{ example, size, typeIds: types.subarray(0, size) },
      ids: Int32Array.from(Array.from(ids.data, Number).slice(0, 40), (id, at) => (id + (at > 5 ? example : 0)) % 65),
    }));
    const own = rows.map((row) => ({ ...row, ids: row.ids.subarray(0, row.size) }));
    // The table's programs have rows and results of their own, which the type checker cannot pair.
    const open = await openProgram(programOf as typeof classifierProgram, loaded as never, nodeBackend());
    const found = await open.run(own, {});
    const alone = await open.run(own.slice(0, 1), {});
    await open.dispose();
    for (const [at, row] of own.entries()) {
      const given = new Map([
        ['input_ids', integers([1, row.size], Array.from(row.ids))],
        ['token_type_ids', integers([1, row.size], Array.from(row.typeIds))],
      ]);
      const pass = await forward(loaded, given, nodeBackend());
      const exact = float32Data(pass.get(output) as Tensor, output);
      const numbers = (numbersOf as (result: unknown) => Float32Array)(found[at]);
      expect(numbers.length).toBe(exact.length);
      numbers.forEach((x, i) => expect(Math.abs(x - Number(exact[i])), `text ${at}`).toBeLessThan(2e-5));
    }
    expect(alone).toEqual(found.slice(0, 1));
  });
});

test('a form is compiled with its first text, not before', async () => {
  const { loaded } = await goldenModel('big_bird_seqcls');
  if (loaded.role !== 'sequence-classification') throw new Error(loaded.role);
  let compiled = 0;
  const backend = observedBackend({ ...nodeBackend(), parallelism: undefined }, { compiled: () => void compiled++ });
  const open = await openProgram(classifierProgram, loaded, backend);
  const counted = async (...sizes: number[]) => {
    const before = compiled;
    await open.run(
      sizes.map((size, example) => ({ example, size, ids: new Int32Array(size).fill(7) })),
      {},
    );
    return compiled - before;
  };
  expect(compiled).toBe(0);
  const first = await counted(28, 5);
  expect(first).toBeGreaterThan(0);
  expect(await counted(9)).toBe(0);
  expect(await counted(29)).toBeGreaterThan(0);
  expect(await counted(40, 9, 29)).toBe(0);
  await open.dispose();
});
