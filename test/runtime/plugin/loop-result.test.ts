/** A product of the result of a loop, over runs in which only the sizes of another loop change. */
import { add, input, scan, type Tensor } from '../../../src/graph/index.ts';
import { lower } from '../../../src/onnx/index.ts';
import { matmul, tanh } from '../../../src/ops/index.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { drawFloats } from '../../ops/draw.ts';
import { fromHost } from '../../ops/engine.ts';
import { expectClose } from '../../ops/tolerance.ts';
import { pluginTest } from '../../plugin.ts';
import { f32, host } from '../backend-case.ts';

const width = 4;

/** v·hₜ of a recurrent network hₜ = tanh(w·hₜ₋₁ + xₜ) whose sizes are symbols of its own; [steps, width, rows]. */
function network(name: string): Tensor {
  const [steps, rows] = [`${name}Steps`, `${name}Rows`];
  const [v, w] = [input(`${name}.v`, [width, width]), input(`${name}.w`, [width, width])];
  const { outputs } = scan(
    { carries: [input(`${name}.h`, [width, rows])], sequences: [input(`${name}.x`, [steps, width, rows])] },
    ([state], [element]) => {
      const next = tanh(add(matmul(w, state, {}), element));
      return { carries: [next], outputs: [next] };
    },
  );
  return matmul(v, outputs[0], {});
}

/** The feeds of a network in one run. */
function feedsOf(name: string, run: number, steps: number, rows: number) {
  const shapes = { v: [width, width], w: [width, width], h: [width, rows], x: [steps, width, rows] };
  return Object.fromEntries(
    Object.entries(shapes).map(([key, shape]) => {
      const data = drawFloats(
        `${name} ${run} ${key}`,
        shape.reduce((a, b) => a * b),
      );
      return [`${name}.${key}`, f32(shape, data)] as const;
    }),
  );
}

pluginTest('a product reads the result of a loop of this run, whatever was computed before', async (engine) => {
  const outputs = { same: network('same'), changing: network('changing') };
  const [cpu, plugin] = [nodeBackend('cpu'), nodeBackend(engine)];
  const compiled = (backend: typeof cpu) => backend.compile(lower(outputs, {}, backend).bytes, { threads: 1 });
  const [expected, found] = [await compiled(cpu), await compiled(plugin)];
  for (const [run, rows] of [42, 8, 64, 36, 100, 3].entries()) {
    const feeds = { ...feedsOf('same', run, 6, 6), ...feedsOf('changing', run, 3 + run, rows) };
    const [wanted, given] = [await expected.run(feeds), await found.run(feeds)];
    for (const name of Object.keys(outputs)) {
      expectClose(fromHost(host(given[name])), fromHost(host(wanted[name])), 1e-5, `${name} in run ${run}`);
    }
  }
  for (const program of [expected, found]) await program.dispose();
});
