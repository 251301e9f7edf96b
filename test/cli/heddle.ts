/** Runs the built command line as a user would. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

export const root = join(import.meta.dirname, '../..');
export const bin = join(root, 'dist/cli/main.js');

const lock = join(root, 'node_modules/.cache/heddle-build.lock');
const staleAfter = 300_000;

/** Brings `dist` up to date; one process at a time, since test files run side by side. */
export async function build(): Promise<void> {
  await mkdir(join(lock, '..'), { recursive: true });
  for (;;) {
    const isMine = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (isMine) break;
    const made = (await stat(lock).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - made > staleAfter) await rm(lock, { recursive: true, force: true });
    await setTimeout(200);
  }
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [tsc, '-b', join(root, 'tsconfig.json')]);
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How {@link heddle} is called: `main` is another script, `env` adds to the environment. */
interface Call {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly main?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** One call of `heddle`. `input` is what stdin gives; nothing when absent. */
export function heddle(
  args: readonly string[],
  { input = '', cwd = root, main = bin, env = {} }: Call = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...process.env, ...env } });
    const [stdout, stderr]: Buffer[][] = [[], []];
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.on('data', (chunk) => stderr.push(chunk));
    child.on('error', reject);
    child.stdin.on('error', () => undefined);
    child.on('close', (status) => {
      resolve({ status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
    child.stdin.end(input);
  });
}
