/** A call of `heddle` that is watched while it runs. */
import { spawn } from 'node:child_process';
import { bin, type Outcome, root } from './heddle.ts';

export class RunningCall {
  readonly #child;
  #stdout = '';
  #stderr = '';
  readonly #watchers = new Set<() => void>();
  /** What it left; `signal` when one ended it by itself. */
  readonly ended: Promise<Outcome & { readonly signal: NodeJS.Signals | null }>;

  constructor(args: readonly string[], cwd = root) {
    this.#child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout.on('data', (chunk) => (this.#stdout += chunk));
    this.#child.stderr.on('data', (chunk) => {
      this.#stderr += chunk;
      for (const watcher of this.#watchers) watcher();
    });
    this.ended = new Promise((resolve) =>
      this.#child.on('close', (status, signal) =>
        resolve({ status, signal, stdout: this.#stdout, stderr: this.#stderr }),
      ),
    );
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when stderr has said something, or the call ended. */
  said(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const watch = () => {
        if (!pattern.test(this.#stderr)) return;
        this.#watchers.delete(watch);
        resolve();
      };
      this.#watchers.add(watch);
      watch();
      void this.ended.then(() => resolve());
    });
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
