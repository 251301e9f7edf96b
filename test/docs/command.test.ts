/** The commands of the pages about model folders run, on small models and small data. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bin, build } from '../cli/heddle.ts';
import { writeBertFolder } from './bert-folder.ts';
import { pages } from './page.ts';
import { writeStripes } from './stripe-images.ts';
import { writeVitFolder } from './vit-folder.ts';

const names = ['fine-tune.md', 'folder-files.md', 'classify-images.md'];
const folder = mkdtempSync(join(tmpdir(), 'heddle-commands-'));
const run = promisify(execFile);

const films = ['good', 'fine', 'lovely'].map((word) => `the film was ${word},positive`);
const otherFilms = ['bad', 'dull', 'silly'].map((word) => `the film was ${word},negative`);
const reviews = ['review,opinion', ...films, ...otherFilms].join('\n');
const people = ['Kim', 'Lee'].map((name) => `${name} B-PER\nflies O\nto O\nBusan B-LOC\n`).join('\n');
const questions = ['question,passage,answers', 'where is it,it is in Seoul,yes', 'who is it,not at all,no'].join('\n');

/** The files that the pages name, by their names below `data/mine`. */
const data: Readonly<Record<string, string>> = {
  'train.csv': reviews,
  'dev.csv': reviews,
  'test.csv': reviews,
  'people.txt': people,
  'people-dev.txt': people,
  'questions.csv': questions,
  'questions-dev.csv': questions,
  'corpus.txt': 'the dog barks.\nthe cat sleeps.\n'.repeat(30),
};

beforeAll(async () => {
  await build();
  mkdirSync(join(folder, 'data/mine'), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  for (const [name, text] of Object.entries(data)) writeFileSync(join(folder, 'data/mine', name), `${text}\n`);
  writeStripes(join(folder, 'data/mine'));
  await writeBertFolder(join(folder, 'bert-base-uncased'));
  await writeVitFolder(join(folder, 'vit-base-patch16-224'));
  const program = `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`;
  writeFileSync(join(folder, 'bin/heddle'), program, { mode: 0o755 });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** The parts of a page that run: recipes and commands, whatever their comments and texts say. */
const codeOf = (path: string): string[] =>
  pages
    .filter((page) => page.path === path)
    .flatMap(({ blocks }) => blocks)
    .filter(({ language }) => language === 'yaml' || language === 'sh')
    .map(({ text }) => text.replace(/"[^"]*"/g, '""').replace(/ +#.*$/gm, ''));

test.each(names)('the Korean page of docs/%s has the same recipes and commands', (name) => {
  expect(codeOf(`docs/ko/${name}`)).toEqual(codeOf(`docs/${name}`));
});

describe.each(names)('docs/%s', (name) => {
  test('has commands that run, one after the other', async () => {
    const cwd = join(folder, name);
    const parts = ['data', 'bert-base-uncased', 'vit-base-patch16-224'];
    for (const part of parts) cpSync(join(folder, part), join(cwd, part), { recursive: true });
    const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
    let ran = 0;
    for (const { language, text, line } of pages.find(({ path }) => path === `docs/${name}`)?.blocks ?? []) {
      const recipe = /^task: \S+ +# (\S+\.yaml)/.exec(text)?.[1];
      if (language === 'yaml' && recipe) writeFileSync(join(cwd, recipe), text);
      if (language !== 'sh') continue;
      const outcome = await run('sh', ['-e', '-c', text], { cwd, env }).then(
        () => 'done',
        ({ stderr }: { stderr: string }) => stderr,
      );
      expect(outcome, `${name}:${line}`).toBe('done');
      ran++;
    }
    expect(ran).toBeGreaterThan(1);
  }, 300_000);
});
