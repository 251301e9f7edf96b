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

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** The longest that a machine with other work needs to show that runs are short. */
const patience = { timeout: 10_000, interval: 60 };

/** Makes runs that only wait, those here for a time, and notes where each is made. */
function recorded(milliseconds = 0) {
  const runs = new ShortRuns();
  const last = new LastRun();
  const places: string[] = [];
  const make = (elements: number, away = 1) =>
    runs.make({
      last,
      elements,
      here: () => {
        places.push('here');
        for (const end = performance.now() + milliseconds; performance.now() < end; );
      },
      elsewhere: () => {
        places.push('elsewhere');
        return pause(away);
      },
    });
  return { make, places, last };
}

describe('the rule for short runs', () => {
  test('a run is made here if the last one of its program was short, and elsewhere if it was long or is the first', async () => {
    const { make, places, last } = recorded();
    await make(100, 5);
    await make(100);
    last.record(0.5, 100);
    for (let i = 0; i < 3; i++) await make(100);
    expect(places).toEqual(['elsewhere', 'elsewhere', 'here', 'here', 'here']);
  });

  test('a long run is made elsewhere, and so is one that is fed so much that it may be long', async () => {
    const { make, places, last } = recorded();
    last.record(3, 100);
    await make(100, 0);
    last.record(0.5, 100);
    await make(390);
    last.record(0.5, 100);
    await make(410);
    expect(places).toEqual(['elsewhere', 'here', 'elsewhere']);
  });

  test('a run is not estimated to be shorter because it is fed less', () => {
    const last = new LastRun();
    last.record(1, 100);
    expect([last.estimate(1), last.estimate(100), last.estimate(200)]).toEqual([1, 1, 2]);
  });

  test('runs are made elsewhere beside others, and for 50 ms after them', async () => {
    const { make, places, last } = recorded();
    await Promise.all([make(100, 5), make(100, 1)]);
    last.record(0.5, 100);
    await make(100);
    await pause(60);
    last.record(0.5, 100);
    await make(100);
    expect(places).toEqual(['elsewhere', 'elsewhere', 'elsewhere', 'here']);
  });

  test('every 8 ms of runs here, one is made elsewhere, so that timers fire', async () => {
    const { make, places, last } = recorded(1);
    for (let i = 0; i < 40; i++) {
      last.record(0.5, 100);
      await make(100);
    }
    const series = places
      .join(' ')
      .split('elsewhere')
      .map((made) => made.trim().length);
    expect(Math.max(...series)).toBeGreaterThan(0);
    expect(Math.max(...series)).toBeLessThanOrEqual('here '.repeat(8).trim().length);
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
