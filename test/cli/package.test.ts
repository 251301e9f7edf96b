/** The package as npm packs it, unpacked beside the installed dependencies: no network. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder, writeSmallModel } from '../tasks/model-folder.ts';
import { build, heddle, root } from './heddle.ts';

const run = promisify(execFile);
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const subpaths = Object.keys(manifest.exports);
/** Scripts of a browser's workers: they export nothing. */
const isWorker = (path: string): boolean => path.startsWith('./worker');
let folder: string;
const installed = () => join(folder, 'node_modules/heddle');
let packed: readonly string[];

beforeAll(async () => {
  await build();
  folder = await temporaryFolder();
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
  });
  const [{ filename, files }] = JSON.parse(stdout);
  packed = files.map(({ path }: { path: string }) => path);
  // Its own scope: a package.json further up must not be asked.
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await mkdir(installed(), { recursive: true });
  await run('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', installed()]);
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!name.startsWith('.') && name !== 'heddle') {
      await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
  }
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a program in the folder where the package is installed. */
async function program(text: string): Promise<{ stdout: string; stderr: string }> {
  await writeFile(join(folder, 'program.mjs'), text);
  return run(process.execPath, ['program.mjs'], { cwd: folder });
}

describe('the package', () => {
  test('holds what is built and what a reader needs, and nothing else', () => {
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
        expect(packed).toContain(file.slice(2));
        expect(packed).toContain(file.slice(2).replace(/\.js$/, '.d.ts'));
      }
    },
  );

  test.each(subpaths.filter(isWorker))('%s is refused in Node, with a reason', async (path) => {
    const specifier = path.replace('.', 'heddle');
    const { stdout } = await program(`await import('${specifier}').catch((error) => console.log(String(error)));`);
    expect(stdout).toBe('EngineError: heddle/worker: expected to be the script of a worker in a browser\n');
    expect(packed).toContain(manifest.exports[path].slice(2).replace(/\.js$/, '.d.ts'));
  });

  test('translates by the entry that the README shows', async () => {
    await writeSmallModel(join(folder, 'run'));
    const { stdout, stderr } = await program(`
      import { pipeline } from 'heddle';
      const translator = await pipeline('translation', 'run');
      const [{ translation_text }] = await translator('a man sleeps', { num_beams: 4 });
      await translator.dispose();
      console.log(typeof translation_text, translation_text.length > 0);
    `);
    expect({ stdout, stderr }).toEqual({ stdout: 'string true\n', stderr: '' });
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

  test('has a command that tells its help and version', async () => {
    const main = join(installed(), manifest.bin.heddle);
    const help = await heddle(['--help'], { cwd: folder, main });
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain('heddle <verb>');
    expect((await heddle(['--version'], { cwd: folder, main })).stdout).toBe(`${manifest.version}\n`);
    expect(await readFile(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});
