/** Takes locks as its first argument says; bundled and run, many at once, by folder-lock.test.ts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { FolderInUseError, FolderLock } from '../../src/io/folder-lock.ts';

const [role, folder, count = '1'] = process.argv.slice(2);

/** The lock of a folder; undefined when it is in use. */
async function taken(path: string): Promise<FolderLock | undefined> {
  try {
    return await FolderLock.take(path);
  } catch (error) {
    if (error instanceof FolderInUseError) return undefined;
    throw error;
  }
}

const roles: Readonly<Record<string, () => Promise<void>>> = {
  /** Holds a lock until it is killed. */
  async hold() {
    await FolderLock.take(folder);
    console.log('held');
    await setTimeout(60_000);
  },
  /** Tries to take each of several locks at a moment that all processes share, and keeps what it gets. */
  async race() {
    const won: number[] = [];
    console.log('ready');
    const start = Number(await new Promise((resolve) => process.stdin.once('data', resolve)));
    for (let round = 0; round < Number(count); round++) {
      while (Date.now() < start + 25 * round);
      if (await taken(`${folder}/${round}`)) won.push(round);
    }
    console.log(JSON.stringify(won));
    await setTimeout(60_000);
  },
  /** Adds to a number in a file under the lock, again and again; then dies with the lock in its hands. */
  async add() {
    for (let added = 0; added < Number(count); ) {
      const lock = await taken(folder);
      if (!lock) continue;
      const before = Number(readFileSync(`${folder}/sum`, 'utf8'));
      await setTimeout(Math.random() < 0.5 ? 0 : 1);
      writeFileSync(`${folder}/sum`, String(before + 1));
      if (++added === Number(count)) process.kill(process.pid, 'SIGKILL');
      await lock.release();
    }
  },
};
await roles[role]();
