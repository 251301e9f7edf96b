import { describe, expect, test } from 'vitest';
import type { HostTensor, Program } from '../../src/runtime/backend.ts';
import { capiBackend } from '../../src/runtime/node/capi.ts';
import { LastRun, ShortRuns } from '../../src/runtime/node/short-runs.ts';
import { onnxBytes } from './onnx-bytes.ts';

const backend = capiBackend();

/** y = sin(sin(… x)), so often that a thousand elements take some hundred microseconds. */
function waves(): Promise<Program> {
  const names = ['x', ...Array.from({ length: 19 }, (_, i) => `x${i}`), 'y'];
  const nodes = names.slice(1).map((name, i) => ({ op: 'Sin', inputs: [names[i]], outputs: [name] }));
  const side = (name: string) => [{ name, type: 'float32', shape: ['n'] }] as const;
  return backend.compile(onnxBytes({ inputs: side('x'), outputs: side('y'), nodes }), { threads: 1 });
}

const ones = (n: number): HostTensor => ({ type: 'float32', shape: [n], data: new Float32Array(n).fill(1) });

/** The longest that a machine with other work needs to show that runs are short. */
const patience = { timeout: 10_000, interval: 60 };

/** Makes runs on a clock of their own, and notes where each is made. */
function recorded() {
  const places: string[] = [];
  let now = 0;
  let took = 0.5;
  const runs = new ShortRuns(() => now);
  const last = new LastRun();
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  const make = (sizes: readonly number[] = [100], milliseconds = 0.5) => {
    took = milliseconds;
    return runs.make({
      ...{ last, sizes },
      here: () => {
        places.push('here');
        pass(took);
      },
      elsewhere: async () => {
        places.push('elsewhere');
        pass(took);
      },
    });
  };
  return { make, places, pass };
}

describe('the rule for short runs', () => {
  test('a run is made here if the last one of its program was short, and elsewhere if it was long or is the first', async () => {
    const { make, places } = recorded();
    for (const milliseconds of [3, 0.5, 0.5, 1, 3, 0.5]) await make([100], milliseconds);
    expect(places).toEqual(['elsewhere', 'elsewhere', 'here', 'here', 'here', 'elsewhere']);
  });

  test('a run is made elsewhere if one of its inputs has grown so much that it may be long, however large the others are', async () => {
    const { make, places } = recorded();
    for (const rows of [10, 39, 10, 41]) await make([1_000_000, rows]);
    expect(places).toEqual(['elsewhere', 'here', 'here', 'elsewhere']);
  });

  test('a run is not estimated to be shorter because it is fed less, or nothing', () => {
    const last = new LastRun();
    last.record(1, [100, 0]);
    expect([[1, 0], [100, 0], [200, 0], [100, 3], []].map((sizes) => last.estimate(sizes))).toEqual([1, 1, 2, 3, 1]);
  });

  test('runs are made elsewhere beside others, and for 50 ms after them', async () => {
    const { make, places, pass } = recorded();
    await Promise.all([make(), make()]);
    await make();
    for (let i = 0; i < 8; i++) {
      pass(7);
      await make();
    }
    expect(places).toEqual([...Array(9).fill('elsewhere'), 'here', 'elsewhere']);
  });

  test('every 8 ms one is made elsewhere, so that timers fire, whatever passes the time', async () => {
    const { make, places, pass } = recorded();
    for (let i = 0; i < 12; i++) {
      await make();
      pass(3.5);
    }
    expect(places.join(' ')).toBe('elsewhere here here elsewhere here here elsewhere here here elsewhere here here');
  });

  test('a run that fails here is over as any other', async () => {
    const { make, places } = recorded();
    const runs = new ShortRuns(() => 0);
    const last = new LastRun();
    const fail = () => {
      throw new Error('does not fit');
    };
    await runs.make({ last, sizes: [1], here: fail, elsewhere: async () => {} });
    await expect(runs.make({ last, sizes: [1], here: fail, elsewhere: async () => {} })).rejects.toThrow(
      'does not fit',
    );
    await make();
    expect(places).toEqual(['elsewhere']);
  });
});

describe('a short run', () => {
  test('is done before anything is awaited', async () => {
    const program = await waves();
    const isDoneAtOnce = async () => {
      const y = ones(5_000);
      const running = program.run({ x: ones(5_000) }, { into: { y } });
      const isDone = y.data.at(-1) !== 1;
      await running;
      return isDone;
    };
    const ofTen = async () => {
      let count = 0;
      for (let i = 0; i < 10; i++) if (await isDoneAtOnce()) count++;
      return count;
    };
    await expect.poll(ofTen, patience).toBeGreaterThanOrEqual(8);
    await program.dispose();
  });

  test('that fails rejects as any other', async () => {
    const program = await backend.compile(
      onnxBytes({
        inputs: [
          { name: 'a', type: 'float32', shape: ['n'] },
          { name: 'b', type: 'float32', shape: ['m'] },
        ],
        outputs: [{ name: 'y', type: 'float32', shape: ['k'] }],
        nodes: [{ op: 'Add', inputs: ['a', 'b'], outputs: ['y'] }],
      }),
    );
    for (let i = 0; i < 5; i++) await program.run({ a: ones(3), b: ones(3) });
    for (let i = 0; i < 5; i++)
      await expect(program.run({ a: ones(2), b: ones(3) })).rejects.toThrow(/2 by 3|broadcast/i);
    const { y } = await program.run({ a: ones(3), b: ones(3) });
    expect('data' in y && [...y.data]).toEqual([2, 2, 2]);
    await program.dispose();
  });
});
