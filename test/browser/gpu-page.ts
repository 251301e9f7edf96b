/** In the page: what happens to programs on a GPU. */
import { ProgramCache } from '../../src/decode/step/program-cache.ts';
import type { EngineTensor, Feeds, HostTensor, Program } from '../../src/runtime/backend.ts';
import { webGpuBackend } from '../../src/runtime/webgpu.ts';
import { pipeline } from '../../src/tasks/web.ts';
import { type Model, onnxBytes } from '../runtime/onnx-bytes.ts';
import { destroyDevice, gpuCounts, watchedBackend } from './watched-gpu.ts';

const events = { 'two engines': twoEngines, loss, kept, failure, none };

export interface Argument {
  readonly event: keyof typeof events;
}

const vector = (...numbers: number[]): HostTensor => ({
  type: 'float32',
  shape: [numbers.length],
  data: Float32Array.from(numbers),
});

const value = (name: string) => ({ name, type: 'float32', shape: ['N'] }) as const;
const negation: Model = {
  inputs: [value('x')],
  outputs: [value('y')],
  nodes: [{ op: 'Neg', inputs: ['x'], outputs: ['y'] }],
};
const addition: Model = {
  inputs: [value('a'), { ...value('b'), shape: ['M'] }],
  outputs: [value('y')],
  nodes: [{ op: 'Add', inputs: ['a', 'b'], outputs: ['y'] }],
};

const shown = ({ data }: HostTensor): string => String(data[0]);

async function negated(program: Program, x: HostTensor | EngineTensor): Promise<string> {
  return shown((await program.run({ x })).y as HostTensor);
}

async function twoEngines(): Promise<string[]> {
  const [first, second] = [webGpuBackend({ threads: 1 }), webGpuBackend({ threads: 1 })];
  const programs = await Promise.all([first, second].map((backend) => backend.compile(onnxBytes(negation))));
  const results = await Promise.all(programs.map((program, i) => negated(program, vector(i + 1))));
  await first.close();
  results.push(await negated(programs[1], vector(3)));
  await second.close();
  return results;
}

async function loss(): Promise<string[]> {
  const backend = watchedBackend();
  const program = await backend.compile(onnxBytes(negation));
  await negated(program, vector(1));
  destroyDevice();
  const results: string[] = [];
  while (results.length === 0) await negated(program, vector(1)).catch((error) => results.push(String(error)));
  results.push(await negated(program, vector(1)).catch(String));
  results.push(await negated(await backend.compile(onnxBytes(negation)), vector(1)));
  await backend.close();
  return results;
}

async function kept(): Promise<string[]> {
  const backend = watchedBackend();
  const keep = ['y'];
  const first = await backend.compile(onnxBytes(negation), { keep });
  let { y } = await first.run({ x: vector(1) }, { keep });
  await first.dispose();
  const second = await backend.compile(onnxBytes(negation), { keep });
  const results: string[] = [];
  const step = async () => {
    const next = (await second.run({ x: y }, { keep })).y;
    (y as EngineTensor).dispose();
    y = next;
  };
  for (let i = 0; i < 2; i++) {
    await step();
    results.push(shown(await (y as EngineTensor).read()));
  }
  for (let i = 0; i < 10; i++) await step();
  const { buffers: before } = await gpuCounts();
  for (let i = 0; i < 100; i++) await step();
  const made = (await gpuCounts()).buffers - before;
  results.push(made < 10 ? 'buffers stay as many' : `${made} more buffers`);
  (y as EngineTensor).dispose();
  await second.dispose();
  results.push('disposed');
  await backend.close();
  return results;
}

async function failure(): Promise<string[]> {
  const backend = webGpuBackend({ threads: 1 });
  const program = await backend.compile(onnxBytes(addition), { keep: ['y'] });
  const run = (a: HostTensor, b: HostTensor) => program.run({ a, b }, { keep: ['y'] }).then(() => 'ran', String);
  const results = [await run(vector(1, 2), vector(1, 2, 3)), await run(vector(1), vector(2))];
  await program.dispose();
  const compiled: string[] = [];
  const programs = new ProgramCache(4);
  const use = (model: Model, feeds: Feeds) => {
    const [{ op }] = model.nodes;
    const compile = () => {
      compiled.push(op);
      return backend.compile(onnxBytes(model), { keep: ['y'] });
    };
    return programs.use(op, compile, async (one) => shown((await one.run(feeds)).y as HostTensor)).catch(String);
  };
  results.push(await use(negation, { x: vector(1) }));
  await use(addition, { a: vector(1, 2), b: vector(1, 2, 3) });
  results.push(await use(addition, { a: vector(1), b: vector(2) }), await use(negation, { x: vector(3) }));
  results.push(`compiled: ${compiled.join()}`);
  await programs.dispose();
  await backend.close();
  return results;
}

async function none(): Promise<string[]> {
  const compiling = webGpuBackend({ threads: 1 }).compile(onnxBytes(negation));
  return [
    await compiling.then(() => 'compiled', String),
    await pipeline('fill-mask', '/model', { engine: 'webgpu' }).then(() => 'opened', String),
  ];
}

export default ({ event }: Argument): Promise<string[]> => events[event]();
