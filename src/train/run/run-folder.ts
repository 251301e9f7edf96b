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
import { tokenizerFiles } from '../../text/convert/read-tokenizer.ts';

/** Files by name. */
export type Files = Readonly<Record<string, Content>>;

/** What may happen to a run that the folder already holds. */
export interface OpenOptions {
  /** Resume the run in the folder, if any. */
  readonly resume?: boolean | undefined;
  /** Remove the run in the folder; files that are not part of a run stay. */
  readonly overwrite?: boolean | undefined;
  /** Names of files that may be in the folder besides a run, such as its data. */
  readonly beside?: readonly string[] | undefined;
}

/** The folder of the checkpoint after an update. */
export const checkpointName = (step: number): string => `checkpoint-${step}`;

/** The file that marks a run's folder; it is written first and removed last. */
const markFile = 'heddle.json';

/** What a run writes at its root; all other files are the user's. */
const runFiles: ReadonlySet<string> = new Set([
  ...['config.json', 'generation_config.json', 'model.safetensors'],
  ...tokenizerFiles,
  ...['word_vocabulary.json', 'character_vocabulary.json'],
  ...['modules.json', '1_Pooling', '2_Normalize', 'sentence_bert_config.json'],
  ...['trainer_state.json', 'metrics.jsonl', 'eval_results.json', 'README.md', markFile],
]);
/** What `heddle train --profile` writes; a run may begin beside it. */
export const profileFiles = { page: 'heddle-profile.html', trace: 'heddle-profile-trace.json' } as const;

const checkpointFolder = /^checkpoint-(\d+)$/;

const isOfRun = (name: string): boolean => runFiles.has(name) || checkpointFolder.test(name);

/**
 * The folder of a run: the model at its root, checkpoints below it; every file is complete or absent. The folder is
 * locked from `hold` or `open` until `close`.
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
   * Checks that the folder can be opened this way; changes nothing.
   *
   * @throws {InputError} when another process uses it, when it holds a run and neither `resume` nor `overwrite` is set,
   *   or when it holds anything that is not a run.
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
      `${this.path}: ${option} a run of Heddle, but the folder has no ${markFile}; it holds ${shown}`,
    );
  }

  /**
   * Opens and locks the folder for a new or a resumed run, and removes what a killed process left half-written.
   *
   * @throws {InputError} as {@link check}, or when another process has changed the run since the first `check`.
   */
  async open(options: OpenOptions): Promise<void> {
    await this.check(options);
    await this.hold();
    await this.check(options);
    if (this.#seen !== (await this.#look())) {
      throw new InputError(`${this.path}: another process has changed the run in the meantime; try again`);
    }
    await removeUnfinished(this.path);
    if (options.overwrite && !options.resume) await this.#clear();
  }

  /**
   * Creates the folder if it is missing, and locks it; does nothing if it is already locked by this object.
   *
   * @throws {InputError} when another process uses it, or it cannot be created.
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

  /** Steps of the existing checkpoints, ascending. */
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

  /** Appends to a file, the only file of a run that can end with half a line if the process is killed. */
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

  /** What changes when a process works on the run: its files, and when it last began or ended. */
  async #look(): Promise<string> {
    const names = (await this.#names()).filter(isOfRun).sort();
    const mark = await stat(join(this.path, markFile)).catch(() => undefined);
    return JSON.stringify([names, mark?.mtimeMs, mark?.size]);
  }

  /** Checks that files can be written beside what is in the folder. @throws {InputError} as {@link check}. */
  async checkBeside(): Promise<void> {
    await FolderLock.refuse(this.path);
    await this.#names();
  }

  /** The content of the folder, without half-written files, the lock and profiles. */
  async #names(): Promise<string[]> {
    const besides: ReadonlySet<string> = new Set(Object.values(profileFiles));
    try {
      return (await readdir(this.path)).filter((name) => !isUnfinished(name) && !isLock(name) && !besides.has(name));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (code === 'ENOENT') return [];
      if (code === 'ENOTDIR') throw new InputError(`${this.path}: expected a folder, got a file`);
      throw error;
    }
  }

  /** Removes a run; if killed in between, the rest is still recognised as a run. */
  async #clear(): Promise<void> {
    const names = (await this.#names()).filter(isOfRun);
    for (const name of [...names.filter((name) => name !== markFile), markFile])
      await removeWhole(join(this.path, name));
  }
}
