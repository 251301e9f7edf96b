/** The engine by its name: in a recipe, in code, and in the list of engines. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { engineForms } from '../../../src/runtime/engine-name.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { evaluateFiles, loadModel, pipeline } from '../../../src/tasks/index.ts';
import { webPlatform } from '../../../src/tasks/platform/web.ts';
import { listEngines } from '../../../src/tasks/verbs/engines.ts';
import { pluginTest } from '../../plugin.ts';
import { fileDigest } from '../../train/sequence-task.ts';
import { SmallRun } from '../small-run.ts';
import { dateSample } from '../task-sample.ts';

const short = ['train.max_steps=2', 'data.test=null'];
/** The engine of the recipe decides, as in `heddle train`. */
const byRecipe = { backend: undefined };

let run: SmallRun;
beforeAll(async () => {
  run = await SmallRun.make(dateSample);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await run.remove();
});

test('train.engine chooses the engine of a training, whatever HEDDLE_ENGINE says', async () => {
  vi.stubEnv('HEDDLE_ENGINE', 'binding');
  expect((await run.train('named', ['train.engine=cpu', ...short], byRecipe)).state.engine).toBe('cpu');
  expect((await run.train('usual', short, byRecipe)).state.engine).toBe('binding');
  vi.unstubAllEnvs();
});

test('an unknown train.engine is refused with the recipe, and one beside a backend with the call', async () => {
  expect(() => run.recipe('train.engine=opnvino')).toThrow(
    /train\.engine: expected cpu, .* or plugin:PATH, got "opnvino"; did you mean "openvino"\?$/,
  );
  expect(() => run.recipe('train.engine=webgpu')).toThrow(/train\.engine: .*, got "webgpu", which is for browsers$/);
  await expect(run.train('both', ['train.engine=cpu'])).rejects.toThrow(
    'train: expected a backend or train.engine, got both',
  );
});

/** What a training says that ends after `steps` updates. */
async function said(out: string, engine: string, steps: number, resume = true): Promise<string> {
  const lines: string[] = [];
  const settings = [
    ...short,
    'train.save_steps=1',
    `train.engine=${JSON.stringify(engine)}`,
    `train.max_steps=${steps}`,
  ];
  await run.train(out, settings, { ...byRecipe, resume, say: (line) => void lines.push(line) });
  return lines.join('\n');
}

test('a run may be resumed on another engine, and says so', async () => {
  expect(await said('moved', 'cpu', 2, false)).not.toContain('nodes of a training step');
  expect(await said('moved', 'cpu', 3)).not.toContain('ran on');
  expect(await said('moved', 'binding', 4)).toContain(
    'the last update ran on cpu, the next runs on binding, so the last digits differ',
  );
  expect(await said('moved', 'cpu', 5)).toContain('the last update ran on binding, the next runs on cpu,');
});

pluginTest('a run on a plugin says how many nodes the plugin runs, and where it continues', async (engine) => {
  expect(await said('plugged', engine, 2, false)).toMatch(
    /^openvino runs (all|\d+ of the) \d+ nodes of a training step/m,
  );
  expect(await said('plugged', engine, 3)).not.toContain('ran on');
  expect(await said('plugged', 'cpu', 4)).toContain('the last update ran on openvino, the next runs on cpu,');
});

test('pipelines, models and evaluations take the engine by its name, and refuse what is none', async () => {
  await run.train('model', short);
  const folder = run.at('model');
  const text = dateSample.lines[0] ?? '';
  const results = await Promise.all(
    ['cpu', 'binding'].map(async (engine) => {
      const translator = await pipeline('translation', folder, { engine });
      return translator(text, { num_beams: 1 });
    }),
  );
  expect(results[1]).toEqual(results[0]);
  await expect(pipeline('translation', folder, { engine: 'gpu' })).rejects.toThrow(
    `engine: expected ${engineForms}, got "gpu"`,
  );
  await expect(loadModel(folder, { engine: 'cpu', backend: nodeBackend() })).rejects.toThrow(
    'model: expected a backend or an engine, got both',
  );
  const call = { data: ['a', 'b'], settings: [], engine: 'gpu' };
  await expect(evaluateFiles(folder, call)).rejects.toThrow(`engine: expected ${engineForms}, got "gpu"`);
});

test('a browser has one engine, and refuses plugins', () => {
  expect(webPlatform.backend('wasm')).toBe(webPlatform.backend());
  expect(() => webPlatform.backend('openvino')).toThrow(
    'engine: expected wasm in a browser, got "openvino": plugins and other native engines are for Node',
  );
});

test('the list of engines refuses one that is not there', async () => {
  await expect(listEngines('openvino:nowhere')).rejects.toThrow('engine: nowhere: expected a library');
  await expect(listEngines('gpu')).rejects.toThrow(`engine: expected ${engineForms}, got "gpu"`);
});

pluginTest('the list of engines measures a plugin', async (engine) => {
  const { engines } = await listEngines(engine);
  const step_nodes = { plugin: expect.any(Number), cpu: expect.any(Object) };
  expect(engines).toMatchObject([
    { name: engine, step_ms: expect.any(Number), pass_ms: expect.any(Number), step_nodes },
  ]);
});

test('bfloat16 is refused by an engine without it: in a recipe before anything is read, in pipelines and evaluations', async () => {
  await expect(run.train('rounded', ['train.bf16=true', 'train.engine=cpu', ...short], byRecipe)).rejects.toThrow(
    'train.bf16: expected an engine with bfloat16, such as openvino, got cpu',
  );
  await run.train('exact', short);
  const refusal = 'dtype bf16: expected an engine with bfloat16, such as openvino, got cpu';
  await expect(pipeline('translation', run.at('exact'), { engine: 'cpu', dtype: 'bf16' })).rejects.toThrow(refusal);
  const call = { data: ['a', 'b'], settings: [], engine: 'cpu', dtype: 'bf16' } as const;
  await expect(evaluateFiles(run.at('exact'), call)).rejects.toThrow(refusal);
});

pluginTest(
  'a training in bfloat16 has other weights than one in float32, and resumes in bfloat16 alone',
  async (engine) => {
    const on = [...short, `train.engine=${engine}`, 'train.save_steps=1'];
    const weights = (out: string) => fileDigest(run.at(out, 'model.safetensors'));
    await run.train('float32', on, byRecipe);
    await run.train('bf16', [...on, 'train.bf16=true'], byRecipe);
    expect(await weights('bf16')).not.toBe(await weights('float32'));
    const longer = [...on, 'train.max_steps=3'];
    await expect(run.train('bf16', longer, { ...byRecipe, resume: true })).rejects.toThrow('train.bf16');
    await run.train('bf16', [...longer, 'train.bf16=true'], { ...byRecipe, resume: true });
    await run.train('whole', [...longer, 'train.bf16=true'], byRecipe);
    expect(await weights('bf16')).toBe(await weights('whole'));
  },
  120_000,
);

pluginTest('a model in bfloat16 gives scores near those in float32, and not the same', async (engine) => {
  await run.train('scored', short);
  const scoresIn = async (dtype: 'fp32' | 'bf16') => {
    const model = await loadModel(run.at('scored'), { engine, dtype, role: 'sequence-to-sequence' });
    const [{ score }] = await model.score([[5, 6, 0]], [[7, 8, 0]]);
    await model.dispose();
    return score;
  };
  const [exact, rounded] = [await scoresIn('fp32'), await scoresIn('bf16')];
  expect(rounded).not.toBe(exact);
  expect(rounded).toBeCloseTo(exact, 1);
});
