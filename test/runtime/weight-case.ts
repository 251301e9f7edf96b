import { input, mul, type Tensor } from '../../src/graph/index.ts';
import { linear } from '../../src/ops/index.ts';
import type { Backend, HostTensor } from '../../src/runtime/backend.ts';
import { withLowMemory } from '../../src/runtime/low-memory.ts';
import { SharedWeights } from '../../src/runtime/shared-weights.ts';
import { type BackendCase, f32, fail, same } from './backend-case.ts';

const n = 48;

/** w[i, j] = i for j < 4, else 0: large enough to be held, and sums stay exact. */
const w = Float32Array.from({ length: n * n }, (_, at) => (at % n < 4 ? Math.floor(at / n) : 0));
const b = Float32Array.from({ length: n }, (_, i) => i / 2);
const numbers = () =>
  new Map([
    ['w', w.slice()],
    ['b', b.slice()],
  ]);

const [W, B, X] = [() => input('w', [n, n]), () => input('b', [n]), () => input('x', ['rows', n])];
const ones = (rows: number): HostTensor => f32([rows, n], new Float32Array(rows * n).fill(1));

/** What a graph over the weights must give for rows of ones. */
interface Use {
  readonly y: () => Tensor;
  readonly row: (i: number) => number;
}

const product: Use = { y: () => linear(X(), W(), B()), row: (i) => 4 * i + i / 2 };
/** The engine computes 2w when it compiles the model, so it must find the numbers in it. */
const computed: Use = { y: () => linear(X(), mul(W(), 2)), row: (i) => 8 * i };

async function holds(weights: SharedWeights, { y, row }: Use, rows = 3) {
  const program = await weights.compile({ y: y() }, { threads: 1 });
  const check = async () => {
    const expected = Array.from({ length: rows }, () => Array.from({ length: n }, (_, i) => row(i))).flat();
    same((await program.run({ x: ones(rows) })).y, f32([rows, n], expected));
  };
  await check();
  return { check, dispose: () => program.dispose() };
}

const withWeights = async (backend: Backend, work: (weights: SharedWeights) => Promise<void>): Promise<void> => {
  const weights = new SharedWeights(backend, numbers());
  await work(weights).finally(() => weights.dispose());
};

/** What every engine does with the weights of a model, whether it holds them or stores them in each program. */
export const weightCases: readonly BackendCase[] = [
  {
    name: 'several programs read the same weights; each goes on when another is disposed of',
    run: (backend) =>
      withWeights(backend, async (weights) => {
        const programs = [await holds(weights, product), await holds(weights, product, 1)];
        await programs[0]?.dispose();
        await programs[1]?.check();
        await programs[1]?.dispose();
      }),
  },
  {
    name: 'a weight that the engine computes with when it compiles a model is right too',
    run: (backend) =>
      withWeights(backend, async (weights) => {
        const programs = [await holds(weights, product), await holds(weights, computed)];
        for (const { check } of programs) await check();
        for (const { dispose } of programs) await dispose();
      }),
  },
  {
    name: 'weights that were disposed of are held again for the next program',
    run: (backend) =>
      withWeights(backend, async (weights) => {
        for (let i = 0; i < 2; i++) {
          await (await holds(weights, product)).dispose();
          await weights.dispose();
        }
      }),
  },
  {
    name: 'a placed model is refused after its weights were disposed of, if the engine held them',
    run: (backend) =>
      withWeights(backend, async (weights) => {
        const model = await weights.place({ y: product.y() });
        await weights.dispose();
        if (!backend.holdWeights) return;
        const message = await model.compile().then(
          () => fail('expected an error'),
          (error: unknown) => String(error),
        );
        if (!message.includes('the weights are disposed of')) fail(`expected an error about weights, got ${message}`);
      }),
  },
  {
    name: 'programs without a second copy of the weights give the same',
    run: (backend) =>
      withWeights(withLowMemory(backend), async (weights) => {
        for (const use of [product, computed]) await (await holds(weights, use)).dispose();
      }),
  },
  {
    name: 'weights that another engine holds are refused',
    run: async (backend) => {
      const weights = { file: 'none', add: () => undefined, has: () => false, dispose: async () => undefined };
      if (!backend.holdWeights) return;
      const message = await backend.compile(new Uint8Array(), { weights }).then(
        () => fail('expected an error'),
        (error: unknown) => String(error),
      );
      if (!message.includes('held by this engine')) fail(`expected an error about the engine, got ${message}`);
    },
  },
];
