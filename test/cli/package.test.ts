/** The package as npm packs it, installed by npm in empty folders, from a registry on this machine: no network. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSmallModel } from '../tasks/model-folder.ts';
import { build, heddle, root } from './heddle.ts';
import { Installer } from './installed.ts';
import { type Compilation, typeErrors } from './type-check.ts';

const run = promisify(execFile);
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const subpaths = Object.keys(manifest.exports);
/** Scripts of a browser's workers: they export nothing. */
const isWorker = (path: string): boolean => path.startsWith('./worker');

/** The remedy that the README and the warning name: the script of onnxruntime-node then downloads nothing. */
const skip = { ONNXRUNTIME_NODE_INSTALL: 'skip' };
/** With which that script fails, without a network, as it does where it cannot download. */
const failing = { ONNXRUNTIME_NODE_INSTALL_CUDA: 'v11' };

let installer: Installer;
/** The folder in which the native engine is installed. */
let folder: string;

beforeAll(async () => {
  await build();
  installer = await Installer.make();
  folder = await installer.install('native', [], skip);
}, 300_000);
afterAll(() => installer.remove());

/** Runs a program in a folder where the package is installed. */
async function program(text: string, project = folder): Promise<{ stdout: string; stderr: string }> {
  await writeFile(join(project, 'program.mjs'), text);
  return run(process.execPath, ['program.mjs'], { cwd: project });
}

/** Translates with a small model by the entry that the README shows, and says which engine does it. */
async function translate(project: string) {
  await writeSmallModel(join(project, 'run'));
  const { stdout, stderr } = await program(
    `
      import { pipeline } from 'heddle';
      import { nodeBackend } from 'heddle/runtime/node';
      const translator = await pipeline('translation', 'run');
      const [{ translation_text }] = await translator('a man sleeps', { num_beams: 4 });
      await translator.dispose();
      console.log(JSON.stringify({ engine: nodeBackend().name, translation_text }));
    `,
    project,
  );
  return { ...JSON.parse(stdout), stderr };
}

describe('the package', () => {
  test('holds what is built and what a reader needs, and nothing else', () => {
    const packed = installer.files;
    const tops = new Set(packed.map((path) => path.split('/')[0]));
    expect([...tops].sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', 'recipes']);
    expect(packed.filter((path) => /\.tsbuildinfo$|\.test\.|(?<!\.d)\.ts$/.test(path))).toEqual([]);
  });

  test.each(subpaths.filter((path) => path !== './package.json' && !isWorker(path)))(
    '%s can be imported, with types, and is silent',
    async (path) => {
      const specifier = path.replace('.', 'heddle');
      const { stdout, stderr } = await program(
        `const all = await import('${specifier}'); console.log(Object.keys(all).length);`,
      );
      expect(stderr).toBe('');
      expect(Number(stdout)).toBeGreaterThan(0);
      const entry = manifest.exports[path];
      for (const file of typeof entry === 'string' ? [entry] : Object.values<string>(entry)) {
        expect(installer.files).toContain(file.slice(2));
        expect(installer.files).toContain(file.slice(2).replace(/\.js$/, '.d.ts'));
      }
    },
  );

  test.each(subpaths.filter(isWorker))('%s is refused in Node, with a reason', async (path) => {
    const specifier = path.replace('.', 'heddle');
    const { stdout } = await program(`await import('${specifier}').catch((error) => console.log(String(error)));`);
    expect(stdout).toBe('EngineError: heddle/worker: expected to be the script of a worker in a browser\n');
    expect(installer.files).toContain(manifest.exports[path].slice(2).replace(/\.js$/, '.d.ts'));
  });

  test('has the same names for the browser as for Node, training apart', async () => {
    const names = async (...conditions: string[]): Promise<string[]> => {
      const list = "import('heddle').then((all) => console.log(JSON.stringify(Object.keys(all))))";
      const { stdout } = await run(process.execPath, [...conditions, '-e', list], { cwd: folder });
      return JSON.parse(stdout);
    };
    const [node, web] = [await names(), await names('--conditions=browser')];
    expect(node).toEqual(expect.arrayContaining([...web, 'train']));
    expect(web).toEqual(expect.arrayContaining(['pipeline', 'loadModel']));
    expect(web).not.toContain('train');
  });

  test('has a command that prints its help and version', async () => {
    const main = join(folder, 'node_modules/heddle', manifest.bin.heddle);
    const help = await heddle(['--help'], { cwd: folder, main });
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain('heddle <verb>');
    expect((await heddle(['--version'], { cwd: folder, main })).stdout).toBe(`${manifest.version}\n`);
    expect(await readFile(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});

describe('its types', () => {
  const compilations: Compilation[] = [
    { compiler: 'this TypeScript', module: 'nodenext', types: 'node' },
    { compiler: 'this TypeScript', module: 'bundler', types: 'dom' },
    { compiler: 'the oldest TypeScript', module: 'nodenext', types: 'node' },
    { compiler: 'the oldest TypeScript', module: 'bundler', types: 'dom' },
  ];
  const specifiers = subpaths.filter((path) => path !== './package.json').map((path) => path.replace('.', 'heddle'));
  /** A caller that passes options on as it got them. */
  const caller = `
    import { pipeline } from 'heddle';
    import { nodeBackend } from 'heddle/runtime/node';
    import { webBackend } from 'heddle/runtime/web';
    type Backend = ReturnType<typeof nodeBackend>;
    export async function call(text: string, beams?: number, backend?: Backend, threads?: number): Promise<string> {
      const translator = await pipeline('translation', 'run', { backend: backend ?? webBackend({ threads }) });
      const [{ translation_text } = { translation_text: '' }] = await translator(text, { num_beams: beams });
      return translation_text;
    }
  `;

  test.each(compilations)(
    'compile with $compiler, $module, types of $types, under the strictest settings',
    async (compilation) => {
      expect(await typeErrors(folder, specifiers, compilation, caller)).toBe('');
    },
    180_000,
  );
});

describe('npm install', () => {
  test('gives the native engine, silently', async () => {
    expect(await translate(folder)).toMatchObject({ engine: 'cpu', stderr: '' });
  });

  test('where the script of onnxruntime-node fails, gives WebAssembly with one warning, and its remedy works', async () => {
    const native = await translate(folder);
    const project = await installer.install('refused', [], failing);
    expect(existsSync(join(project, 'node_modules/onnxruntime-node'))).toBe(false);
    const { engine, translation_text, stderr } = await translate(project);
    expect({ engine, translation_text }).toEqual({
      engine: 'wasm',
      translation_text: native.translation_text,
    });
    expect(stderr.match(/Warning:/g)).toHaveLength(1);
    expect(stderr).toContain('"ONNXRUNTIME_NODE_INSTALL=skip npm install"');

    await installer.npm(project, ['install'], skip);
    expect(await translate(project)).toEqual(native);
  }, 180_000);

  test('without optional packages gives WebAssembly, silently when it is asked for', async () => {
    const project = await installer.install('bundle', ['--omit=optional'], {});
    for (const name of ['onnxruntime-node', 'koffi']) {
      expect(existsSync(join(project, 'node_modules', name))).toBe(false);
    }
    expect((await translate(project)).stderr.match(/Warning:/g)).toHaveLength(1);
    const main = join(project, 'node_modules/heddle', manifest.bin.heddle);
    process.env.HEDDLE_ENGINE = 'wasm';
    const predicted = await heddle(['predict', 'run'], { cwd: project, main, input: 'a man sleeps' });
    delete process.env.HEDDLE_ENGINE;
    expect(predicted).toMatchObject({ status: 0, stderr: '' });
    expect(predicted.stdout).toMatch(/\S/);
  }, 180_000);
});
