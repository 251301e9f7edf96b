import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepApart } from '../../src/io/kept-apart.ts';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-apart-'));
  await mkdir(at('model'));
  await writeFile(at('data.txt'), 'data');
  await symlink(at('model'), at('link'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(['data.txt', 'model', 'model/config.json', 'model/new/page.html', 'link/page.html', 'model/../data.txt'])(
  '%s is read, and may not be written',
  async (name) => {
    await expect(keepApart('--page', join(folder, name), [at('data.txt'), at('model')])).rejects.toThrow(
      /^--page .*: expected a file other than .*, which is read$/,
    );
  },
);

test.each(['page.html', 'model-page.html', 'new/page.html', 'data.txt.html', '..page.html'])(
  '%s may be written',
  async (name) => {
    await expect(keepApart('--page', at(name), [at('data.txt'), at('model')])).resolves.toBeUndefined();
  },
);
