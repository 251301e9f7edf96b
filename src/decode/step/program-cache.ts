import type { Program } from '../../runtime/backend.ts';
import { EngineError, SpentProgramError } from '../../runtime/engine-error.ts';

interface Entry {
  readonly program: Promise<Program>;
  users: number;
}

/**
 * An LRU cache of at most `size` compiled programs, by key. Programs in use are never disposed of, so there can be more
 * while more than `size` are in use at once. One that cannot run again, alone or with its engine, is compiled anew for its
 * next use.
 */
export class ProgramCache {
  readonly #size: number;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  #disposals: Promise<unknown> = Promise.resolve();
  readonly #failures: unknown[] = [];
  /** Errors of programs that are forgotten, on their way through the programs around them. */
  readonly #handled = new WeakSet<SpentProgramError>();

  constructor(size: number) {
    this.#size = size;
  }

  /** Calls `work` with the program of a key, compiled if it is missing; it stays at least until `work` ends. */
  async use<T>(key: string, compile: () => Promise<Program>, work: (program: Program) => Promise<T>): Promise<T> {
    const entry = this.#entry(key, compile);
    entry.users++;
    try {
      return await work(await entry.program);
    } catch (error) {
      if (error instanceof EngineError) this.#forgetAll();
      if (error instanceof SpentProgramError && !this.#handled.has(error)) {
        this.#handled.add(error);
        this.#forget(key, entry);
      }
      throw error;
    } finally {
      entry.users--;
      if (entry.users === 0 && this.#entries.get(key) !== entry) this.#dispose(entry);
      this.#trim(this.#size);
    }
  }

  /** Frees every session, after its users are done. @throws the error of the first that was not freed, now or earlier. */
  async dispose(): Promise<void> {
    this.#trim(0);
    await this.#disposals;
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  #entry(key: string, compile: () => Promise<Program>): Entry {
    const known = this.#entries.get(key);
    if (known) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known;
    }
    this.#trim(this.#size - 1);
    const entry: Entry = { program: this.#disposals.then(compile), users: 0 };
    this.#entries.set(key, entry);
    entry.program.catch(() => this.#forget(key, entry));
    return entry;
  }

  /** Never gives out any of these programs again: what ended one of them, such as a lost GPU, has ended all. */
  #forgetAll(): void {
    for (const entry of this.#entries.values()) if (entry.users === 0) this.#dispose(entry);
    this.#entries.clear();
  }

  /** Never gives out this program again. */
  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  /** Disposes of the least recently used programs until there are at most `size` or all are in use. */
  #trim(size: number): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= size) return;
      if (entry.users > 0) continue;
      this.#entries.delete(key);
      this.#dispose(entry);
    }
  }

  #dispose({ program }: Entry): void {
    const disposal = program.then(
      (unused) => unused.dispose().catch((error: unknown) => this.#failures.push(error)),
      () => undefined,
    );
    this.#disposals = Promise.all([this.#disposals, disposal]);
  }
}
