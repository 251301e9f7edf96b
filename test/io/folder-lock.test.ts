import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { FolderLock } from '../../src/io/folder-lock.ts';

let scripts = '';
let folder = '';
const children: ChildProcess[] = [];
const lockFile = () => join(folder, '.heddle.lock');
const recorded = async () => JSON.parse(await readFile(lockFile(), 'utf8'));

beforeAll(async () => {
  const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
  await mkdir(cache, { recursive: true });
  scripts = await mkdtemp(join(cache, 'lock-'));
  await build({
    entryPoints: [fileURLToPath(new URL('./locking.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile: join(scripts, 'locking.mjs'),
  });
});
afterAll(() => rm(scripts, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-lock-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

function run(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [join(scripts, 'locking.mjs'), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}
const line = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => child.stdout?.once('data', (chunk) => resolve(String(chunk).trim())));
const ended = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));

/** A lock that a process took which is dead by now. */
async function deadLock(): Promise<string> {
  const child = run('hold', folder);
  await line(child);
  const text = await readFile(lockFile(), 'utf8');
  const end = ended(child);
  child.kill('SIGKILL');
  await end;
  return text;
}

describe('a lock', () => {
  test('says which process has it, where and since when, and is gone when it is released', async () => {
    const lock = await FolderLock.take(folder);
    expect(await recorded()).toMatchObject({ pid: process.pid, since: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect((await recorded()).id).toMatch(/^[0-9a-f]{16}$/);
    await lock.check();
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is not given twice, in one process either', async () => {
    const lock = await FolderLock.take(folder);
    for (const attempt of [FolderLock.take, FolderLock.refuse]) {
      await expect(attempt(folder)).rejects.toThrow(InputError);
      await expect(attempt(folder)).rejects.toThrow(/: in use by this process since \d{4}-/);
    }
    await lock.release();
    await (await FolderLock.take(folder)).release();
  });

  test('of a process that lives is refused, and that process named', async () => {
    const child = run('hold', folder);
    await line(child);
    const { host } = await recorded();
    await expect(FolderLock.take(folder)).rejects.toThrow(
      new RegExp(`: in use by process ${child.pid} on ${host} since \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$`),
    );
    expect(await readdir(folder)).toEqual(['.heddle.lock']);
  });

  test('of a process that was killed is taken over at once', async () => {
    const before = await deadLock();
    await FolderLock.refuse(folder);
    const lock = await FolderLock.take(folder);
    expect(await readFile(lockFile(), 'utf8')).not.toBe(before);
    expect(await readdir(folder)).toEqual(['.heddle.lock']);
    await lock.release();
  });

  test.runIf(process.platform === 'linux')(
    'of a process that was killed and that nobody waits for is taken over',
    async () => {
      const shell = `"${process.execPath}" "${join(scripts, 'locking.mjs')}" hold "${folder}" & exec sleep 60`;
      const parent = spawn('sh', ['-c', shell], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(parent);
      await line(parent);
      const { pid } = await recorded();
      process.kill(pid, 'SIGKILL');
      const hasEnded = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') Z ');
      await vi.waitUntil(hasEnded, { timeout: 10_000 });
      await (await FolderLock.take(folder)).release();
    },
  );

  test('is taken over in the midst of a takeover whose process was killed', async () => {
    const dead = JSON.parse(await deadLock());
    await writeFile(`${lockFile()}.${dead.id}`, JSON.stringify({ ...dead, id: 'another' }));
    const lock = await FolderLock.take(folder);
    expect(await recorded()).toMatchObject({ pid: process.pid });
    expect(await readdir(folder)).toEqual(['.heddle.lock']);
    await lock.release();
  });

  test.runIf(process.platform === 'linux')(
    'of an earlier process with the number of a living one is taken over',
    async () => {
      const dead = JSON.parse(await deadLock());
      await writeFile(lockFile(), JSON.stringify({ ...dead, pid: process.pid }));
      await (await FolderLock.take(folder)).release();
    },
  );

  test('of another host counts for ten minutes after its last sign of life', async () => {
    const dead = JSON.parse(await deadLock());
    await writeFile(lockFile(), JSON.stringify({ ...dead, host: 'elsewhere' }));
    const ago = async (seconds: number) => utimes(lockFile(), new Date(), new Date(Date.now() - 1000 * seconds));
    await ago(590);
    await expect(FolderLock.take(folder)).rejects.toThrow(
      /: in use by process \d+ on elsewhere since \S+; if that process has died, try again in 10 minutes or remove .*\.heddle\.lock$/,
    );
    await ago(610);
    await (await FolderLock.take(folder)).release();
  });

  test('gives a sign of life every minute', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const lock = await FolderLock.take(folder);
      const [text, old] = [await readFile(lockFile(), 'utf8'), new Date(Date.now() - 590_000)];
      await utimes(lockFile(), old, old);
      vi.advanceTimersByTime(60_000);
      await vi.waitUntil(async () => Date.now() - (await stat(lockFile())).mtimeMs < 60_000, { timeout: 5000 });
      expect(await readFile(lockFile(), 'utf8')).toBe(text);
      await lock.release();
    } finally {
      vi.useRealTimers();
    }
  });

  test('that says nothing, as one that is just being made, counts as long', async () => {
    await writeFile(lockFile(), '');
    await expect(FolderLock.take(folder)).rejects.toThrow(/in use by a process that has just begun; /);
    await utimes(lockFile(), new Date(), new Date(Date.now() - 610_000));
    await (await FolderLock.take(folder)).release();
  });

  test('is a file: a link of its name, which may lead nowhere, is refused', async () => {
    await symlink(join(folder, 'nowhere'), lockFile());
    await expect(FolderLock.take(folder)).rejects.toThrow(
      /\.heddle\.lock: expected a file, the lock of the folder, got a link$/,
    );
    expect(await readdir(folder)).toEqual(['.heddle.lock']);
  });

  test('that was lost is noticed, and the new one stays', async () => {
    const lock = await FolderLock.take(folder);
    await writeFile(`${lockFile()}.new`, JSON.stringify({ ...(await recorded()), id: 'new', host: 'elsewhere' }));
    await rm(lockFile());
    await expect(lock.check()).rejects.toThrow(/this process lost its lock, it is gone; nothing more is written/);
    await writeFile(lockFile(), await readFile(`${lockFile()}.new`));
    await expect(lock.check()).rejects.toThrow(/lost its lock, process \d+ on elsewhere has it/);
    await lock.release();
    expect((await stat(lockFile())).size).toBeGreaterThan(10);
  });
});

describe('of many processes', () => {
  test('that want the lock of a dead one at the same time, one gets it', { timeout: 30_000 }, async () => {
    const rounds = 40;
    const dead = await deadLock();
    const place = join(folder, 'rounds');
    for (let round = 0; round < rounds; round++) {
      await mkdir(join(place, String(round)), { recursive: true });
      await writeFile(join(place, String(round), '.heddle.lock'), dead);
    }
    const racers = Array.from({ length: 8 }, () => run('race', place, String(rounds)));
    await Promise.all(racers.map(line));
    const results = racers.map(line);
    const start = Date.now() + 200;
    for (const racer of racers) racer.stdin?.write(String(start));
    const won = (await Promise.all(results)).flatMap((text): number[] => JSON.parse(text));
    expect(won.sort((a, b) => a - b)).toEqual(Array.from({ length: rounds }, (_, round) => round));
  });

  test('that take turns and are killed with the lock, no two ever have it', { timeout: 30_000 }, async () => {
    await writeFile(join(folder, 'sum'), '0');
    const [processes, each] = [6, 15];
    const ends = Array.from({ length: processes }, () => ended(run('add', folder, String(each))));
    expect(await Promise.all(ends)).toEqual(Array.from({ length: processes }, () => 'SIGKILL'));
    expect(Number(await readFile(join(folder, 'sum'), 'utf8'))).toBe(processes * each);
  });
});
