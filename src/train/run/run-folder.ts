import { appendFile, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../io/error.ts';
import { unreadable, unwritable } from '../../io/file-error.ts';
import { FolderLock, isLock } from '../../io/folder-lock.ts';
import { parseJson } from '../../io/json.ts';
import { makeFolder } from '../../io/make-folder.ts';
import {
  type Content,
  isUnfinished,
  removeUnfinished,
  removeWhole,
  writeFolderWhole,
  writeWhole,
} from '../../io/whole-file.ts';

/** Files by name. */
export type Files = Readonly<Record<string, Content>>;

/** What may become of a run that the folder holds. */
export interface OpenOptions {
  /** Goes on with the run that the folder holds, if any. */
  readonly resume?: boolean | undefined;
  /** Removes the run that the folder holds; files that no run writes stay. */
  readonly overwrite?: boolean | undefined;
  /** Names of what may lie in the folder beside a run, such as its data. */
  readonly beside?: readonly string[] | undefined;
}

/** The folder of the checkpoint after an update. */
export const checkpointName = (step: number): string => `checkpoint-${step}`;

/** The file by which a run's folder is known; it is the first to come and the last to go. */
const markFile = 'heddle.json';

/** What runs write at the root; other files in the folder are their owner's. */
const runFiles: ReadonlySet<string> = new Set([
  ...['config.json', 'generation_config.json', 'model.safetensors'],
  ...['tokenizer.json', 'tokenizer_config.json', 'target_tokenizer.json'],
  ...['trainer_state.json', 'metrics.jsonl', 'eval_results.json', 'README.md', markFile],
]);
const checkpointFolder = /^checkpoint-(\d+)$/;

const isOfRun = (name: string): boolean => runFiles.has(name) || checkpointFolder.test(name);

/**
 * The folder of a run: the model at its root, checkpoints below, every file whole or absent. It is locked from `hold` or
 * `open` to `close`.
 */
export class RunFolder {
  readonly path: string;
  #lock?: FolderLock;
  /** The run as the first `check` found it. */
  #seen?: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Whether the folder can be opened so; touches nothing.
   *
   * @throws {InputError} when another process works in it, it holds a run and neither `resume` nor `overwrite` is set, or
   *   anything that is no run.
   */
  async check({ resume = false, overwrite = false, beside = [] }: OpenOptions): Promise<void> {
    if (!this.#lock) await FolderLock.refuse(this.path);
    this.#seen ??= await this.#look();
    const found = (await this.#names()).filter((name) => !beside.includes(name));
    if (found.length === 0) return;
    const shown = `${found.slice(0, 3).join(', ')}${found.length > 3 ? ', …' : ''}`;
    if (!resume && !overwrite) {
      throw new InputError(
        `${this.path}: expected a new or empty folder, got one that holds ${shown}; ` +
          '--resume continues a run, --overwrite replaces it',
      );
    }
    if (found.includes(markFile)) return;
    const option = resume ? '--resume continues' : '--overwrite replaces';
    throw new InputError(
      `${this.path}: ${option} a run of Heddle, got a folder without ${markFile} that holds ${shown}`,
    );
  }

  /**
   * Opens the folder for a new run or to resume one, and locks it; what a killed process left half-written is removed.
   *
   * @throws {InputError} as {@link check}, or when another process changed the run since the first `check`.
   */
  async open(options: OpenOptions): Promise<void> {
    await this.check(options);
    await this.hold();
    await this.check(options);
    if (this.#seen !== (await this.#look())) {
      throw new InputError(`${this.path}: another process changed the run in it meanwhile; call again`);
    }
    await removeUnfinished(this.path);
    if (options.overwrite && !options.resume) await this.#clear();
  }

  /**
   * Makes the folder where it is missing and locks it; does nothing when it is locked by this already.
   *
   * @throws {InputError} when another process works in it, or it cannot be made.
   */
  async hold(): Promise<void> {
    await makeFolder(this.path);
    this.#lock ??= await FolderLock.take(this.path);
  }

  /** Unlocks the folder. */
  async close(): Promise<void> {
    await this.#lock?.release();
    this.#lock = undefined;
  }

  /** Steps of the checkpoints there are, rising. */
  async checkpoints(): Promise<number[]> {
    return (await this.#names())
      .flatMap((name) => checkpointFolder.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  async writeCheckpoint(step: number, files: Files): Promise<void> {
    await this.removeCheckpoint(step);
    await writeFolderWhole(join(this.path, checkpointName(step)), async (temporary) => {
      for (const [name, content] of Object.entries(files)) await writeWhole(join(temporary, name), content);
    });
  }

  async removeCheckpoint(step: number): Promise<void> {
    await this.#lock?.check();
    await removeWhole(join(this.path, checkpointName(step)));
  }

  async write(files: Files): Promise<void> {
    await this.#lock?.check();
    for (const [name, content] of Object.entries(files)) await writeWhole(join(this.path, name), content);
  }

  /** Appends to a file: of all files of a run the only one that may end torn, should the process be killed. */
  async append(name: string, text: string): Promise<void> {
    await this.#lock?.check();
    const path = join(this.path, name);
    try {
      await appendFile(path, text);
    } catch (error) {
      throw unwritable(path, 'a file that can be written', error);
    }
  }

  async has(name: string): Promise<boolean> {
    return (await stat(join(this.path, name)).catch(() => undefined)) !== undefined;
  }

  /** @throws {InputError} when there is no such file. */
  async read(...parts: readonly string[]): Promise<Uint8Array> {
    const path = join(this.path, ...parts);
    try {
      return await readFile(path);
    } catch (error) {
      throw unreadable(path, 'a file of the run', error);
    }
  }

  async readJson(...parts: readonly string[]): Promise<unknown> {
    return parseJson(new TextDecoder().decode(await this.read(...parts)), join(this.path, ...parts));
  }

  /** What changes when a process works on the run: its files, and when it was last begun or ended. */
  async #look(): Promise<string> {
    const names = (await this.#names()).filter(isOfRun).sort();
    const mark = await stat(join(this.path, markFile)).catch(() => undefined);
    return JSON.stringify([names, mark?.mtimeMs, mark?.size]);
  }

  /** What the folder holds, the half-written and the lock left out. */
  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.path)).filter((name) => !isUnfinished(name) && !isLock(name));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (code === 'ENOENT') return [];
      if (code === 'ENOTDIR') throw new InputError(`${this.path}: expected a folder or nothing, got a file`);
      throw error;
    }
  }

  /** Removes a run; killed in between, what is left is still known as one. */
  async #clear(): Promise<void> {
    const names = (await this.#names()).filter(isOfRun);
    for (const name of [...names.filter((name) => name !== markFile), markFile])
      await removeWhole(join(this.path, name));
  }
}
