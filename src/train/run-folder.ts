import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../io/error.ts';
import { parseJson } from '../io/json.ts';
import { type Content, removeUnfinished, writeFolderWhole, writeWhole } from '../io/whole-file.ts';

/** Files by name. */
export type Files = Readonly<Record<string, Content>>;

export const checkpointName = (step: number): string => `checkpoint-${step}`;

/** The folder of a run: the model at its root, checkpoints below, every file whole or absent. */
export class RunFolder {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }

  /**
   * Opens the folder for a new run or to go on with one.
   *
   * @throws {InputError} when it holds something and neither `resume` nor `overwrite` is set.
   */
  async open({ resume = false, overwrite = false }: { readonly resume?: boolean; readonly overwrite?: boolean }): Promise<void> {
    const found = await readdir(this.path).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === 'ENOENT') return [];
      throw new InputError(`${this.path}: expected a folder or nothing, got ${error.code}`);
    });
    if (found.length && !resume) {
      if (!overwrite) {
        throw new InputError(
          `${this.path}: expected an empty or new folder, got ${found.length} files (${found.slice(0, 3).join(', ')}, …); ` +
            '--resume goes on with a run, --overwrite replaces it',
        );
      }
      if (!found.includes('heddle.json')) {
        throw new InputError(`${this.path}: --overwrite replaces a run of Heddle only, found no heddle.json in it`);
      }
      await rm(this.path, { recursive: true });
    }
    await mkdir(this.path, { recursive: true });
    await removeUnfinished(this.path);
  }

  /** Steps of the checkpoints there are, rising. */
  async checkpoints(): Promise<number[]> {
    const names = await readdir(this.path);
    return names
      .flatMap((name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  async writeCheckpoint(step: number, files: Files): Promise<void> {
    const path = join(this.path, checkpointName(step));
    await rm(path, { recursive: true, force: true });
    await writeFolderWhole(path, async (temporary) => {
      for (const [name, content] of Object.entries(files)) await writeWhole(join(temporary, name), content);
    });
  }

  async removeCheckpoint(step: number): Promise<void> {
    await rm(join(this.path, checkpointName(step)), { recursive: true, force: true });
  }

  async write(files: Files): Promise<void> {
    for (const [name, content] of Object.entries(files)) await writeWhole(join(this.path, name), content);
  }

  async has(name: string): Promise<boolean> {
    return (await stat(join(this.path, name)).catch(() => undefined)) !== undefined;
  }

  read(...parts: readonly string[]): Promise<Buffer> {
    return readFile(join(this.path, ...parts));
  }

  async readJson(...parts: readonly string[]): Promise<unknown> {
    return parseJson((await this.read(...parts)).toString('utf8'), join(this.path, ...parts));
  }
}
