/** Heddle installed by npm in an empty folder, as a project installs it. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../tasks/model-folder.ts';
import { root } from './heddle.ts';
import { type Registry, startRegistry } from './registry.ts';

const run = promisify(execFile);

/** The environment without what npm adds to it for `npm test`. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^ONNXRUNTIME_NODE_/i.test(name)));

/** A project of its own, in which scripts of packages run with every npm. */
const manifest = JSON.stringify({ private: true, allowScripts: { 'onnxruntime-node': true } });

/** A packed Heddle, a registry, and the folders into which it is installed. */
export class Installer {
  private constructor(
    private readonly folder: string,
    private readonly registry: Registry,
    readonly tarball: string,
    /** Paths of the files in the package. */
    readonly files: readonly string[],
  ) {}

  static async make(): Promise<Installer> {
    const folder = await temporaryFolder();
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const [{ filename, files }] = JSON.parse((await run('npm', pack, { cwd: root })).stdout);
    const paths = files.map(({ path }: { path: string }) => path);
    return new Installer(folder, await startRegistry(), join(folder, filename), paths);
  }

  /** A new folder with Heddle installed in it. */
  async install(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
    const project = join(this.folder, name);
    await mkdir(project);
    await writeFile(join(project, 'package.json'), manifest);
    await this.npm(project, ['install', this.tarball, ...args], env);
    return project;
  }

  /** `npm` in a project, with its own registry and nothing else to reach. */
  async npm(project: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
    const cache = join(this.folder, 'cache');
    const options = ['--registry', this.registry.url, '--cache', cache, '--no-audit', '--no-fund'];
    await run('npm', [...args, ...options], { cwd: project, env: { ...environment(), ...env } });
  }

  async remove(): Promise<void> {
    this.registry.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
