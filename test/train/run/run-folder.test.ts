import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { type OpenOptions, RunFolder } from '../../../src/train/run/run-folder.ts';
import { filesIn, newFolder, removeFolders } from '../sequence-task.ts';

afterAll(removeFolders);

let path: string;
beforeEach(async () => {
  path = join(await newFolder(), 'run');
});

async function fill(...names: string[]): Promise<void> {
  await mkdir(path, { recursive: true });
  for (const name of names) {
    if (name.endsWith('/')) await mkdir(join(path, name));
    else await writeFile(join(path, name), name);
  }
}

/** Opens and closes the folder. */
async function open(options: OpenOptions): Promise<void> {
  const folder = new RunFolder(path);
  try {
    await folder.open(options);
  } finally {
    await folder.close();
  }
}

const run = ['checkpoint-2/', 'checkpoint-10/', 'config.json', 'heddle.json', 'metrics.jsonl', 'model.safetensors'];

describe('the folder of a run', () => {
  test.each([{}, { resume: true }, { overwrite: true }])('is made where there is none, %o', async (options) => {
    await open(options);
    expect(await readdir(path)).toEqual([]);
    await open(options);
  });

  test.each<[string, OpenOptions, string[], RegExp]>([
    [
      'a run',
      {},
      run,
      /run: expected a new or empty folder, got one that holds checkpoint-10, checkpoint-2, config\.json, …; --resume continues a run, --overwrite replaces it$/,
    ],
    ['anything', {}, ['notes.txt'], /expected a new or empty folder, got one that holds notes\.txt; /],
    [
      'no run, to overwrite',
      { overwrite: true },
      ['a.txt', 'config.json'],
      /--overwrite replaces a run of Heddle, but the folder has no heddle\.json; it holds a\.txt, config\.json$/,
    ],
    [
      'no run, to resume',
      { resume: true },
      ['a.txt'],
      /--resume continues a run of Heddle, but the folder has no heddle\.json/,
    ],
  ])('is refused when it holds %s, and nothing is touched', async (_, options, names, message) => {
    await fill(...names, '.config.json.0123456789ab.tmp');
    const before = await filesIn(path);
    const opened = open(options);
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(message);
    expect(await filesIn(path)).toEqual(before);
  });

  test('is refused when it is a file', async () => {
    await writeFile(path, '');
    await expect(open({ overwrite: true })).rejects.toThrow(/expected a folder, got a file/);
  });

  test('counts as empty when a killed process left only half-written files', async () => {
    await fill('.heddle.json.0123456789ab.tmp');
    await open({});
    expect(await readdir(path)).toEqual([]);
  });

  test('may hold files beside a run', async () => {
    await fill('data/', 'recipe.yaml');
    await open({ beside: ['data', 'recipe.yaml'] });
    await expect(open({ beside: ['data'] })).rejects.toThrow(/holds recipe\.yaml/);
  });

  test('overwritten loses the run and nothing else', async () => {
    await fill(...run, 'data/', 'notes.txt', 'mine.jsonl', 'inputs.safetensors', 'recipe.json');
    await open({ overwrite: true });
    expect(await filesIn(path)).toEqual(['data', 'inputs.safetensors', 'mine.jsonl', 'notes.txt', 'recipe.json']);
  });

  test('resumed keeps everything but the half-written', async () => {
    await fill(...run, 'notes.txt', '.checkpoint-12.0123456789ab.tmp/', '.x.tmp');
    await open({ resume: true });
    expect(await filesIn(path)).toEqual([...run.map((name) => name.replace('/', '')), '.x.tmp', 'notes.txt'].sort());
  });

  test('is locked from open to close, and the lock is no part of the run', async () => {
    const folder = new RunFolder(path);
    await folder.open({});
    expect(await readdir(path)).toEqual(['.heddle.lock']);
    await expect(open({ overwrite: true })).rejects.toThrow(/run: in use by this process/);
    await folder.hold();
    await folder.open({});
    await folder.close();
    await open({});
    expect(await readdir(path)).toEqual([]);
  });

  test('whose lock was lost takes no more files', async () => {
    const folder = new RunFolder(path);
    await folder.open({});
    await rm(join(path, '.heddle.lock'));
    await expect(folder.write({ 'config.json': '{}' })).rejects.toThrow(/lost its lock/);
    await expect(folder.writeCheckpoint(3, {})).rejects.toThrow(/lost its lock/);
    await expect(folder.removeCheckpoint(3)).rejects.toThrow(/lost its lock/);
    await expect(folder.append('metrics.jsonl', '{}\n')).rejects.toThrow(/lost its lock/);
    await folder.close();
    expect(await readdir(path)).toEqual([]);
  });

  test('lists its checkpoints by number', async () => {
    await fill(...run, 'checkpoint-x/', 'checkpoint-3.bak/');
    expect(await new RunFolder(path).checkpoints()).toEqual([2, 10]);
  });
});
