/** In the page: every op and its gradient on WebGPU, beside the reference. */
import type { Value } from '../../src/graph/index.ts';
import { webGpuBackend } from '../../src/runtime/webgpu.ts';
import { opCases } from '../ops/op-case.ts';
import { opModel } from './op-model.ts';

export interface Report {
  readonly checked: number;
  /** What differs, a line each. */
  readonly differences: readonly string[];
}

/** Largest |actual − expected|, as a multiple of the largest entry (at least 1): twice that of the native engine. */
const tolerance = { y: 4e-6, d: 8e-6 };

function difference(name: string, { shape, dtype, data }: Value, actual: ArrayLike<number | bigint>): string[] {
  const scale = data.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  const limit = dtype === 'float' ? tolerance[name.startsWith('d') ? 'd' : 'y'] * scale : 0;
  const wrong = data.findIndex((x, i) => !(Math.abs(Number(actual[i]) - x) <= limit));
  return wrong < 0 ? [] : [`${name} [${shape}]: expected ${data[wrong]} ± ${limit}, got ${actual[wrong]} at ${wrong}`];
}

export default async function checkOps(): Promise<Report> {
  const backend = webGpuBackend({ threads: 1 });
  const differences: string[] = [];
  for (const opCase of opCases) {
    const { model, feeds, expected } = opModel(opCase, backend);
    const program = await backend.compile(model.bytes);
    const results = await program.run(feeds);
    for (const [name, value] of Object.entries(expected)) {
      const { shape, ...found } = results[name];
      if (shape.join() !== value.shape.join()) differences.push(`${opCase.name}, ${name}: shape [${shape}]`);
      else if ('data' in found)
        differences.push(...difference(name, value, found.data).map((line) => `${opCase.name}, ${line}`));
    }
    await program.dispose();
  }
  await backend.close();
  return { checked: opCases.length, differences };
}
