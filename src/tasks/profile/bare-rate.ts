import { input } from '../../graph/index.ts';
import { flopsOf, type ProductSize } from '../../inspect/profile/product.ts';
import type { BareRate } from '../../inspect/profile/step-profile.ts';
import { lower } from '../../onnx/index.ts';
import { matmul } from '../../ops/index.ts';
import type { Backend, HostTensor } from '../../runtime/backend.ts';

/** A square product, large enough to show what the machine can do and small enough to be quick. */
export const squareSize: ProductSize = { batch: 1, rows: 1024, inner: 1024, columns: 1024 };

/** ms for which a product is repeated, and its fewest runs. */
const [longEnough, fewestRuns] = [400, 4];

const filled = (shape: readonly number[]): HostTensor => {
  const data = new Float32Array(shape.reduce((n, size) => n * size, 1));
  return { type: 'float32', shape, data: data.map((_, i) => (i % 17) / 17 - 0.5) };
};

/** How fast the engine multiplies two matrices that it is fed, alone: the best of several runs. */
export async function bareRate(backend: Backend, size: ProductSize, threads: number): Promise<BareRate> {
  const { batch, rows, inner, columns } = size;
  const lead = batch === 1 ? [] : [batch];
  const shapes = { a: [...lead, rows, inner], b: [...lead, inner, columns] };
  const { bytes } = lower({ y: matmul(input('a', shapes.a), input('b', shapes.b), {}) });
  const program = await backend.compile(bytes, { threads });
  try {
    const feeds = { a: filled(shapes.a), b: filled(shapes.b) };
    const into = { y: filled([...lead, rows, columns]) };
    let best = Number.POSITIVE_INFINITY;
    await program.run(feeds, { into });
    const began = performance.now();
    for (let runs = 0; runs < fewestRuns || performance.now() - began < longEnough; runs++) {
      const start = performance.now();
      await program.run(feeds, { into });
      best = Math.min(best, performance.now() - start);
    }
    return { size, rate: flopsOf(size) / best / 1e6 };
  } finally {
    await program.dispose();
  }
}
