/** A batch in parts: what is added up, and that it does not matter where a part is worked on. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { checkConfig, inRole } from '../../../src/models/families/check-config.ts';
import type { Backend } from '../../../src/runtime/backend.ts';
import { bindingBackend } from '../../../src/runtime/node/binding.ts';
import { capiBackend } from '../../../src/runtime/node/capi.ts';
import type { TrainArguments } from '../../../src/train/arguments.ts';
import { optimizer } from '../../../src/train/optimizers/optimizers.ts';
import { readTrainerState } from '../../../src/train/run/trainer-state.ts';
import { beginningPlan, laneCount } from '../../../src/train/update/shard-plan.ts';
import { trainGraphs } from '../../../src/train/update/train-graph.ts';
import type { TrainState } from '../../../src/train/update/train-state.ts';
import {
  batchTokens,
  fileDigest,
  newFolder,
  removeFolders,
  runIn,
  sequenceTask,
  tinyModel,
  vocabulary,
} from '../sequence-task.ts';
import { batchOf, copyOf, difference, disposeUpdaters, updaterOf } from './tiny-updater.ts';

afterAll(disposeUpdaters);
afterAll(removeFolders);

/** Sums in another order: float32 rounds otherwise. */
const tolerance = 1e-4;

const recurrentModel = inRole(
  checkConfig(
    {
      ...{ model_type: 'recurrent_seq2seq', vocab_size: vocabulary, embedding_size: 6, hidden_size: 7, dropout: 0.2 },
      ...{ pad_token_id: batchTokens.targetPadId, decoder_start_token_id: batchTokens.decoderStartTokenId },
    },
    'recurrent',
    { isStrict: true },
  ),
  'sequence-to-sequence',
  'recurrent',
);

/** Node's engine on a machine of so many cores, and how many programs it has compiled. */
function machine(cores: number): { backend: Backend; compiled(): number } {
  const engine = capiBackend();
  let count = 0;
  const compile: Backend['compile'] = (model, options) => {
    count++;
    return engine.compile(model, options);
  };
  return { backend: { ...engine, parallelism: cores, cores, compile }, compiled: () => count };
}

const slotsOf = ({ slots }: TrainState) => new Map(Object.entries(slots).map(([name, { data }]) => [name, data]));

describe('a batch in parts', () => {
  const changes = { max_grad_norm: 0.1, weight_decay: 0.1, adam_epsilon: 1e-3 };
  const whole = [batchOf(0, 48), batchOf(3, 31)];
  const halves = [
    [batchOf(0, 9), batchOf(9, 48)],
    [batchOf(3, 20), batchOf(20, 31)],
  ];

  test.each([
    ['two parts side by side', halves, whole, 1],
    ['one part where a batch has no more', [[whole[0]], [whole[1]]], whole, 1],
    ['two parts, then a batch that has but one', [halves[0], [whole[1]]], whole, 1],
    ['batches in parts, accumulated', [[batchOf(0, 9), batchOf(9, 24)], [batchOf(24, 48)]], [batchOf(0, 48)], 2],
  ])(
    '%s have norm, loss, parameters and state of the whole batch',
    async (_, parts, wholes, gradient_accumulation_steps) => {
      const one = await updaterOf(wholes, changes);
      const two = await updaterOf(parts, { ...changes, gradient_accumulation_steps }, { shards: 2, pieceSize: 70 });
      expect(two.state.gradients).toHaveLength(2);
      for (let update = 1; update <= 4; update++) {
        const a = await one.updater.run(update, 1e-2, update === 4);
        const b = await two.updater.run(update, 1e-2, update === 4);
        expect(b.gradNorm).toBeCloseTo(a.gradNorm ?? Number.NaN, 4);
        expect(b.loss).toBeCloseTo(a.loss, 4);
        expect(b.counts).toEqual(a.counts);
      }
      expect(difference(one.state.weights, two.state.weights)).toBeLessThan(tolerance);
      expect(difference(slotsOf(one.state), slotsOf(two.state))).toBeLessThan(1e-3);
    },
  );

  test('adds the gradients of its shards in their order', async () => {
    const parts = [batchOf(0, 9), batchOf(9, 20), batchOf(20, 31), batchOf(31, 48)];
    const { updater, state } = await updaterOf([parts], { optim: 'sgd', max_grad_norm: 0 }, { shards: 4 });
    const before = copyOf(state.weights);
    await updater.run(1, 1, true);
    const gradients = state.gradients.map((of) => of['gradient/model.shared.weight'].data);
    const expected = before.get('model.shared.weight')?.map((x, i) => {
      const sum = gradients.map((numbers) => numbers[i]).reduce((a, b) => Math.fround(a + b));
      return x - sum;
    });
    expect(state.weights.get('model.shared.weight')).toEqual(expected);
  });

  test('has other random numbers in every shard, micro-batch and update', async () => {
    const same = batchOf(0, 9);
    const gradientsOf = async (dropout: number) => {
      const { updater, state } = await updaterOf(
        [[same, same]],
        { optim: 'sgd', max_grad_norm: 0 },
        { model: tinyModel({ dropout }), shards: 2 },
      );
      const seen: Float32Array[] = [];
      for (const update of [1, 2]) {
        // At a rate of 0 every update has the same weights.
        await updater.run(update, 0, update === 2);
        seen.push(...state.gradients.map((of) => of['gradient/model.shared.weight'].data.slice()));
      }
      return new Set(seen.map((numbers) => numbers.join()));
    };
    expect((await gradientsOf(0)).size).toBe(1);
    expect((await gradientsOf(0.3)).size).toBe(4);
  });

  test('is dealt out by the source in parts of similar lengths', () => {
    const source = () => sequenceTask({ model: tinyModel({}) }).source({ epoch: 0, batch: 0 });
    const [one, two] = [source(), source()];
    const [all] = [one.next()].flat();
    const parts = [two.next(2)].flat();
    expect(parts).toHaveLength(2);
    expect(parts[0].counts.labels + parts[1].counts.labels).toBe(all.counts.labels);
    const rows = parts.map(({ feeds }) => feeds.input_ids.shape[0]);
    expect(rows.reduce((a, b) => a + b)).toBe(all.feeds.input_ids.shape[0]);
    expect(two.position).toEqual(one.position);
  });
});

describe.each([
  ['a Transformer', tinyModel({ dropout: 0.2 })],
  ['a recurrent net', recurrentModel],
])('%s', (_, model) => {
  const task = () => sequenceTask({ model });
  const digest = async (folder: string) =>
    Promise.all(['model', 'optimizer'].map((name) => fileDigest(`${folder}/checkpoint-6/${name}.safetensors`)));
  const changes = { gradient_accumulation_steps: 2, threads: 1 };

  test.each([2, 4])('of %i shards ends with the same bytes in one, two and four lanes', async (shards) => {
    const ends: string[][] = [];
    for (const cores of [1, 2, 4]) {
      const { backend, compiled } = machine(cores);
      const folder = await newFolder();
      await runIn(folder, { ...changes, shards }, { task: task(), backend });
      ends.push(await digest(folder));
      // Gradients, norm and update.
      expect(compiled()).toBe(3 * Math.min(shards, cores));
    }
    expect(ends[1]).toEqual(ends[0]);
    expect(ends[2]).toEqual(ends[0]);
  });

  test('of two shards ends with the same bytes through the engine’s own binding, which runs one after the other', async () => {
    const ends: string[][] = [];
    for (const backend of [capiBackend(), bindingBackend()]) {
      const folder = await newFolder();
      await runIn(folder, { ...changes, shards: 2 }, { task: task(), backend });
      ends.push(await digest(folder));
    }
    expect(ends[1]).toEqual(ends[0]);
  });
});

describe('the plan of a run', () => {
  const kinds = { transformer: tinyModel(), recurrent: recurrentModel };
  const planIn = async (folder: string) => {
    const file = join(folder, 'trainer_state.json');
    const { shards, threads } = readTrainerState(JSON.parse(await readFile(file, 'utf8')), file);
    return [shards, threads];
  };
  const begun = async (
    kind: keyof typeof kinds,
    cores: number,
    asked: Pick<Partial<TrainArguments>, 'shards' | 'threads'> = {},
  ) => {
    const folder = await newFolder();
    const task = sequenceTask({ model: kinds[kind] });
    await runIn(folder, { max_steps: 2, ...asked }, { task, backend: machine(cores).backend });
    return { folder, task };
  };

  test.each([
    ['transformer', 1, {}, [1, 1]],
    ['transformer', 2, {}, [2, 1]],
    ['transformer', 5, {}, [2, 2]],
    ['transformer', 3, { shards: 1 }, [1, 3]],
    ['transformer', 4, { shards: 2 }, [2, 2]],
    ['transformer', 1, { shards: 2 }, [2, 1]],
    ['transformer', 2, { threads: 2 }, [1, 2]],
    ['transformer', 2, { threads: 1 }, [2, 1]],
    ['transformer', 2, { threads: 3 }, [1, 3]],
    ['recurrent', 1, {}, [2, 1]],
    ['recurrent', 3, {}, [2, 1]],
    ['recurrent', 3, { shards: 1 }, [1, 1]],
    ['recurrent', 3, { shards: 3, threads: 2 }, [3, 2]],
  ] as const)('of a %s on %i cores asked for %j is %j', async (kind, cores, asked, plan) => {
    expect(await planIn((await begun(kind, cores, asked)).folder)).toEqual(plan);
  });

  describe('of a large Transformer on two cores', () => {
    const graphsOf = (numbers: number) => {
      const { loss } = sequenceTask({ model: tinyModel({ vocab_size: numbers / 16 }) });
      const adam = { optim: 'adam', adam_beta1: 0.9, adam_beta2: 0.999, adam_epsilon: 1e-8, weight_decay: 0 } as const;
      return trainGraphs(loss, { optimizer: optimizer(adam), maxGradNorm: 0 });
    };

    /** The plan for a network of so many numbers, from batches with these rows of so many tokens each. */
    const planOf = (numbers: number, rows: readonly number[], rowTokens: number) => {
      const graphs = graphsOf(numbers);
      let batch = 0;
      const next = (parts = 1) => {
        const count = rows[batch++ % rows.length]!;
        const part = { feeds: {}, counts: {}, tokens: (count * rowTokens) / Math.min(count, parts) };
        return Array.from({ length: Math.min(count, parts) }, () => part);
      };
      const { shards, threads } = beginningPlan({}, graphs, machine(2).backend, { next });
      return [shards, threads];
    };

    test('has two shards from 1,024 tokens in a batch, because each reads all weights again', () => {
      expect(planOf(20e6, [8], 126)).toEqual([1, 2]);
      expect(planOf(20e6, [8], 128)).toEqual([2, 1]);
      expect(planOf(40e6, [8], 128)).toEqual([1, 2]);
    });

    test('is chosen from what most batches are like, not from the first', () => {
      expect(planOf(20e6, [1, 8], 128)).toEqual([1, 2]);
      expect(planOf(20e6, [1, 8, 8], 128)).toEqual([2, 1]);
    });

    test('looks at no batch where the shards are given or nothing is gained', () => {
      const graphs = graphsOf(16_000);
      const next = () => {
        throw new Error('looked');
      };
      expect(beginningPlan({ shards: 2 }, graphs, machine(2).backend, { next })).toEqual({ shards: 2, threads: 1 });
      expect(beginningPlan({}, graphs, machine(1).backend, { next })).toEqual({ shards: 1, threads: 1 });
      expect(() => beginningPlan({}, graphs, machine(2).backend, { next })).toThrow('looked');
    });

    test('has one shard where a batch is a single row', () => {
      expect(planOf(20e6, [1], 2048)).toEqual([1, 2]);
    });
  });

  test('stays what it was when the run is resumed on a machine with other cores', async () => {
    const { folder, task } = await begun('transformer', 6, { shards: 2 });
    await runIn(folder, { max_steps: 4 }, { task, backend: machine(1).backend, resume: true });
    expect(await planIn(folder)).toEqual([2, 3]);
    await runIn(folder, { max_steps: 5, shards: 2, threads: 3 }, { task, backend: machine(1).backend, resume: true });
    expect(await planIn(folder)).toEqual([2, 3]);
  });

  test('that a resumed run did not begin with is refused, with both numbers', async () => {
    const { folder, task } = await begun('recurrent', 2);
    const resumed = runIn(folder, { max_steps: 4, shards: 4, threads: 2 }, { task, resume: true });
    await expect(resumed).rejects.toThrow(InputError);
    await expect(resumed).rejects.toThrow(
      /checkpoint-2: a resumed training needs the values it began with:\n {2}train\.shards was 2, got 4\n {2}train\.threads was 1, got 2$/,
    );
  });

  test.each([
    ['transformer', [1, 2]],
    ['recurrent', [2, 1]],
  ] as const)(
    'of a %s whose state has none, as earlier versions wrote it, is that of two cores',
    async (kind, plan) => {
      const { folder, task } = await begun(kind, 1, { threads: 1 });
      const file = join(folder, 'checkpoint-2/trainer_state.json');
      const { shards: _, threads: __, ...old } = JSON.parse(await readFile(file, 'utf8'));
      await writeFile(file, JSON.stringify(old));
      await runIn(folder, { max_steps: 4 }, { task, backend: machine(4).backend, resume: true });
      expect(await planIn(folder)).toEqual(plan);
    },
  );

  test.each([
    [{ shards: 4, threads: 1 }, { parallelism: 4, cores: 2 }, 2],
    [{ shards: 4, threads: 1 }, { parallelism: 4, cores: 16 }, 4],
    [{ shards: 8, threads: 1 }, { parallelism: 4, cores: 16 }, 4],
    [{ shards: 2, threads: 8 }, { parallelism: 4, cores: 2 }, 1],
    [{ shards: 2, threads: 2 }, { parallelism: 4, cores: 5 }, 2],
    [{ shards: 2, threads: 1 }, { cores: 2 }, 1],
    [{ shards: 2, threads: 1 }, {}, 1],
    [{ shards: 2 }, { parallelism: 4, cores: 2 }, 1],
  ])('%j on an engine with %j runs in %i lanes', (plan, engine, lanes) => {
    expect(laneCount(plan, { name: 'engine', compile: () => expect.fail(), ...engine })).toBe(lanes);
  });
});
