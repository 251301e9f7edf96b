import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeUnfinished, WholeFile, writeFolderWhole, writeWhole } from '../../src/io/whole-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-whole-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a file is written, replaced, and nothing else is left beside it', async () => {
  const path = join(folder, 'new', 'metrics.json');
  await writeWhole(path, 'one');
  await writeWhole(path, [Uint8Array.of(0x74, 0x77), Uint8Array.of(0x6f)]);
  expect(await readFile(path, 'utf8')).toBe('two');
  expect(await readdir(join(folder, 'new'))).toEqual(['metrics.json']);
});

test('a write that fails leaves the old file and no other', async () => {
  const path = join(folder, 'a');
  await mkdir(join(path, 'in the way'), { recursive: true });
  await expect(writeWhole(path, 'x')).rejects.toThrow(/expected a file, got a folder/);
  expect(await readdir(folder)).toEqual(['a']);
});

test('what was begun and is discarded leaves the old file and no other', async () => {
  const path = join(folder, 'out.txt');
  await writeWhole(path, 'old');
  const file = await WholeFile.open(path);
  await file.write('new');
  await file.discard();
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['out.txt']);
});

test('a place where nothing can be made is refused', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(writeWhole(join(folder, 'file', 'in', 'it'), 'x')).rejects.toThrow(
    /expected a folder that can be created, got a file/,
  );
});

test.runIf(process.platform === 'linux')(
  'a file system without new folders is refused, without end it is not',
  async () => {
    await expect(writeWhole('/proc/heddle/x', 'x')).rejects.toThrow(/expected a folder that can be created/);
  },
);

test('a folder appears when it is full, or not at all', async () => {
  const path = join(folder, 'checkpoint-1');
  await writeFolderWhole(path, async (temporary) => {
    await writeWhole(join(temporary, 'model'), 'x');
    expect(await readdir(folder)).not.toContain('checkpoint-1');
  });
  expect(await readdir(path)).toEqual(['model']);
  const torn = writeFolderWhole(join(folder, 'checkpoint-2'), async (temporary) => {
    await writeWhole(join(temporary, 'model'), 'x');
    throw new Error('disk full');
  });
  await expect(torn).rejects.toThrow('disk full');
  expect(await readdir(folder)).toEqual(['checkpoint-1']);
});

test('a folder that exists is not replaced', async () => {
  await expect(writeFolderWhole(folder, async () => {})).rejects.toThrow(
    /expected a folder that does not exist yet, got an existing one/,
  );
});

test('a process killed while it writes leaves the whole old or the whole new file', async () => {
  const source = fileURLToPath(new URL('../../src/io/whole-file.ts', import.meta.url));
  const script = join(folder, 'write.mjs');
  await build({
    stdin: {
      contents: `import { writeWhole } from ${JSON.stringify(source)};
        for (let i = 0; ; i++) { await writeWhole('target', String(i % 10).repeat(1 << 20)); if (i === 0) console.log('ready'); }`,
      resolveDir: folder,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
  });
  for (let round = 0; round < 5; round++) {
    const writer = spawn(process.execPath, [script], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => writer.once('exit', resolve));
    await new Promise((resolve) => writer.stdout.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 5 + 7 * round));
    writer.kill('SIGKILL');
    await ended;
    const text = await readFile(join(folder, 'target'), 'utf8');
    expect(text.length).toBe(1 << 20);
    expect(new Set(text).size).toBe(1);
  }
  await writeFile(join(folder, '.keep.tmp'), '');
  await removeUnfinished(folder);
  expect((await readdir(folder)).sort()).toEqual(['.keep.tmp', 'target', 'write.mjs']);
});
