import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { engineNames } from '../../src/runtime/engine-name.ts';
import { processorBf16 } from '../../src/runtime/node/plugin/processor-bf16.ts';
import { pluginLibrary, pluginTest } from '../plugin.ts';
import { build, heddle } from './heddle.ts';

let folder: string;
beforeAll(async () => {
  await build();
  folder = await mkdtemp(join(tmpdir(), 'heddle-engines-'));
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

test('engines lists each with its times, or with the way to get it', async () => {
  for (const name of ['XDG_CACHE_HOME', 'LOCALAPPDATA', 'HOME']) vi.stubEnv(name, folder);
  vi.stubEnv('VIRTUAL_ENV', '');
  const { status, stdout, stderr } = await heddle(['engines']);
  expect(status).toBe(0);
  for (const name of engineNames) expect(stdout).toMatch(new RegExp(`^${name} +\\S`, 'm'));
  expect(stdout.match(/training step [\d.]+ ms, pass [\d.]+ ms/g)).toHaveLength(3);
  expect(stdout).toContain('"pip download --no-deps onnxruntime-ep-openvino" fetches it');
  expect(stderr).toMatch(/^measured: .* cores of .*\n$/);
}, 120_000);

test('a wrong engine is one line on stderr, with status 2', async () => {
  const text = join(folder, 'libonnxruntime_text.so');
  await writeFile(text, 'not a library');
  for (const [engine, message] of [
    ['opnvino', /^heddle: engine: expected cpu, .*, got "opnvino"; did you mean "openvino"\?\n$/],
    [`plugin:${text}`, /^heddle: engine: .*libonnxruntime_text\.so: ONNX Runtime \S+ does not load it: .*\n$/],
    ['openvino:nowhere.whl', /^heddle: engine: nowhere\.whl: expected a library, .*, got no such file\n$/],
  ] as const) {
    const { status, stdout, stderr } = await heddle(['engines', '--engine', engine]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  }
});

pluginTest('a library without the libraries that it needs is refused with the name of the first', async (engine) => {
  const alone = join(folder, 'libonnxruntime_alone.so');
  await copyFile(pluginLibrary(engine), alone);
  const { status, stderr } = await heddle(['engines', '--engine', `plugin:${alone}`]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^heddle: engine: .*: the library needs lib\S+, which this system does not have\n$/);
});

pluginTest('engines measures a plugin by the path of its library', async (engine) => {
  const call = ['engines', '--engine', `plugin:${pluginLibrary(engine)}`];
  const { status, stdout } = await heddle([...call, '--json']);
  expect(status).toBe(0);
  const [found] = JSON.parse(stdout).engines;
  expect(found).toMatchObject({ step_ms: expect.any(Number), pass_ms: expect.any(Number) });
  expect(found.step_nodes.plugin).toBeGreaterThan(300);
  const { stdout: text } = await heddle(call);
  expect(text).toMatch(/\n +it runs .* \d+ nodes of a training step/);
  expect(text).toMatch(
    processorBf16.missing === undefined
      ? /\n +in bfloat16: training step [\d.]+ ms, pass [\d.]+ ms/
      : /\n +bfloat16 needs /,
  );
});
