/** The projects of docs/browser-bundlers.md, built as the page says, with the package as npm packs it. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../cli/heddle.ts';
import { type Block, pages } from '../docs/page.ts';

const run = promisify(execFile);
export const pagePath = 'docs/browser-bundlers.md';

const page = pages.find(({ path }) => path === pagePath);
if (!page) throw new Error(`there is no ${pagePath}`);

export const bundlers = ['Vite', 'webpack', 'esbuild', 'Rollup'] as const;
export type Bundler = (typeof bundlers)[number];

/** The heading that a block stands under; none for what all projects share. */
function headingOf({ line }: Block): string | undefined {
  const before = page?.text.split('\n').slice(0, line) ?? [];
  return before.findLast((text) => text.startsWith('## '))?.slice(3);
}

const blocksOf = (heading: string | undefined): readonly Block[] =>
  page.blocks.filter((block) => headingOf(block) === heading);

/** Files that a project is made of, by name. */
function filesOf(bundler: Bundler): ReadonlyMap<string, string> {
  const blocks = [...blocksOf(undefined), ...blocksOf(bundler)];
  return new Map(blocks.filter(({ note }) => note.includes('.')).map(({ note, text }) => [note, text]));
}

/** A folder whose `node_modules` has the packed package, its dependencies and the bundlers. */
export async function installedFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-bundlers-'));
  const heddle = join(folder, 'node_modules/heddle');
  await mkdir(heddle, { recursive: true });
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [{ filename }] = JSON.parse((await run('npm', pack, { cwd: root })).stdout);
  await run('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', heddle]);
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name.startsWith('.') || name === 'heddle') continue;
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return folder;
}

/** A bundler's project, in a folder of its own of this name below an {@link installedFolder}. */
export async function projectOf(bundler: Bundler, installed: string, name: string = bundler): Promise<string> {
  const project = join(installed, name);
  await mkdir(project);
  await symlink(join(installed, 'node_modules'), join(project, 'node_modules'));
  for (const [name, text] of filesOf(bundler)) await writeFile(join(project, name), text);
  return project;
}

/** Runs the commands that the page gives for a bundler; gives the folder that is to be served. */
export async function buildProject(bundler: Bundler, project: string): Promise<string> {
  const commands = blocksOf(bundler).filter(({ language }) => language === 'sh');
  const path = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  for (const { text } of commands) {
    await run('sh', ['-ec', text.replaceAll('npx ', '')], { cwd: project, env: { ...process.env, PATH: path } });
  }
  return join(project, 'dist');
}

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });
