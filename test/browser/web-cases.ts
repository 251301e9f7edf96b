/** What only a page can show of the engine in its worker. */

import type { HostTensor } from '../../src/runtime/backend.ts';
import { type WebBackend, type WebOptions, webBackend } from '../../src/runtime/web.ts';
import { type Model, onnxBytes } from '../runtime/onnx-bytes.ts';

export interface WebCase {
  /** A sentence that must be true. */
  readonly name: string;
  run(options: WebOptions): Promise<void>;
}

/** y = x·w·w·… with `depth` products over [N, N]. */
function products(depth: number): Model {
  return {
    inputs: ['x', 'w'].map((name) => ({ name, type: 'float32', shape: ['N', 'N'] })),
    outputs: [{ name: 'y', type: 'float32', shape: ['N', 'N'] }],
    nodes: Array.from({ length: depth }, (_, i) => ({
      op: 'MatMul',
      inputs: [i === 0 ? 'x' : `y${i}`, 'w'],
      outputs: [i === depth - 1 ? 'y' : `y${i + 1}`],
    })),
  };
}

/** [N, N] filled with 1/N, which times itself is itself when N is a power of two. */
function average(N: number): HostTensor {
  return { type: 'float32', shape: [N, N], data: new Float32Array(N * N).fill(1 / N) };
}

async function opened<T>(options: WebOptions, work: (backend: WebBackend) => Promise<T>): Promise<T> {
  const backend = webBackend(options);
  try {
    return await work(backend);
  } finally {
    await backend.close();
  }
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.message : `not an Error: ${error}`),
  );
}

function check(holds: boolean, found: string): void {
  if (!holds) throw new Error(found);
}

export const webCases: readonly WebCase[] = [
  {
    name: 'timers of the page go on firing during a run',
    run: (options) =>
      opened(options, async (backend) => {
        const program = await backend.compile(onnxBytes(products(20)));
        let ticks = 0;
        const clock = setInterval(() => ticks++, 2);
        const x = average(512);
        const { y } = await program.run({ x, w: x });
        clearInterval(clock);
        check(ticks >= 5, `${ticks} ticks`);
        check(!('kind' in y) && y.data.every((value) => value === 1 / 512), 'wrong product');
      }),
  },
  {
    name: 'fed arrays and the bytes of the model stay with their owner, windows whole',
    run: (options) =>
      opened(options, async (backend) => {
        const model = onnxBytes(products(1));
        const program = await backend.compile(model);
        const arena = new Float32Array(1000).fill(0.5);
        const x: HostTensor = { type: 'float32', shape: [2, 2], data: arena.subarray(100, 104) };
        await program.run({ x, w: x });
        check(arena.length === 1000 && arena[102] === 0.5, `${arena.length} elements left`);
        check(model.length > 0, 'the model is gone');
      }),
  },
  {
    name: 'close ends a run under way, and a later compile starts anew',
    run: (options) =>
      opened(options, async (backend) => {
        const program = await backend.compile(onnxBytes(products(20)));
        const x = average(256);
        const running = messageOf(program.run({ x, w: x }));
        await backend.close();
        check((await running).includes('closed'), await running);
        const next = await backend.compile(onnxBytes(products(1)));
        const { y } = await next.run({ x, w: x });
        check(!('kind' in y) && y.data[0] === 1 / 256, 'wrong product');
      }),
  },
  {
    name: 'a tensor kept by another backend is refused',
    run: (options) =>
      opened(options, (first) =>
        opened(options, async (second) => {
          const x = average(2);
          const one = await first.compile(onnxBytes(products(1)));
          const two = await second.compile(onnxBytes(products(1)));
          const { y } = await one.run({ x, w: x }, { keep: ['y'] });
          const message = await messageOf(two.run({ x, w: y }));
          check(message.includes('input "w"') && message.includes('this engine'), message);
        }),
      ),
  },
];

/** These leave errors on the console. */
export const failingStarts: readonly WebCase[] = [
  {
    name: 'a worker whose script is missing is an error, not silence',
    run: async (options) => {
      const worker = () => new Worker(new URL('/nowhere.js', document.baseURI), { type: 'module' });
      const message = await messageOf(webBackend({ ...options, worker }).compile(onnxBytes(products(1))));
      check(message.includes('the worker failed'), message);
    },
  },
  {
    name: 'a folder without ONNX Runtime is an error that does not blame the model',
    run: async (options) => {
      const message = await messageOf(
        webBackend({ ...options, wasmPaths: '/nowhere/' }).compile(onnxBytes(products(1))),
      );
      check(message.includes('did not start'), message);
    },
  },
];
