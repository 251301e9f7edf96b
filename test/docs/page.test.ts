/** What pages say besides TypeScript: names of files, links, commands, recipes. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { parseRecipe } from '../../src/tasks/recipe/recipe.ts';
import { taskRow } from '../../src/tasks/task-list.ts';
import { writeBertFolder } from './bert-folder.ts';
import { blocksIn, pages, root } from './page.ts';
import { writeVitFolder } from './vit-folder.ts';

/** Made by a command and not kept. */
const made = ['docs/api'];

/** A page without its code blocks. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '');

test('there are pages', () => {
  expect(pages.length).toBeGreaterThan(6);
});

test('every file that a page names is there', () => {
  const missing = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/`((?:src|test|docs|recipes|bench)\/[\w./-]+)`/g)]
      .map(([, named]) => named)
      .filter((named) => !made.includes(named) && !existsSync(join(root, named)))
      .map((named) => `${path} names ${named}`),
  );
  expect(missing).toEqual([]);
});

test('every link and picture inside the repository is there', () => {
  const missing = pages.flatMap(({ path, text }) =>
    [...prose(text).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)|src="([^"]+)"/g)]
      .map(([, link, picture]) => link ?? picture)
      .filter((link) => !/^https?:/.test(link) && !existsSync(join(root, dirname(path), link)))
      .map((link) => `${path} links to ${link}`),
  );
  expect(missing).toEqual([]);
});

test('every page is reached by links from the README', () => {
  const linked = new Set<string>();
  const follow = (path: string): void => {
    const page = pages.find((one) => one.path === path);
    if (!page || linked.has(path)) return;
    linked.add(path);
    for (const [, link] of page.text.matchAll(/\]\(([^)#]+\.md)(?:#[^)]*)?\)/g)) follow(join(dirname(path), link));
  };
  follow('README.md');
  expect(pages.map(({ path }) => path).filter((path) => !linked.has(path))).toEqual([]);
});

test('every link to a heading names a heading of its page', () => {
  const anchorOf = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-');
  const missing = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)].flatMap(([, link, anchor]) => {
      const target = link === '' ? path : join(dirname(path), link);
      const page = pages.find((one) => one.path === target);
      const anchors = [...(page?.text.matchAll(/^#+ (.*)$/gm) ?? [])].map(([, heading]) => anchorOf(heading));
      return anchors.includes(anchor) ? [] : [`${path} links to ${link}#${anchor}`];
    }),
  );
  expect(missing).toEqual([]);
});

test('every call of heddle in a page has a known verb and known options', () => {
  const wrong: string[] = [];
  let calls = 0;
  for (const { text, place } of blocksIn('sh')) {
    for (const [, call] of text.matchAll(/(?:^|\| |&& )(?:npx )?heddle ([^#|<>\n]+)/gm)) {
      calls++;
      const words = call.trim().split(/\s+/);
      let command: Command = commandLine();
      for (const word of words) {
        const next = command.commands.find((one) => one.name() === word);
        if (!next) break;
        command = next;
      }
      const options = command.options.flatMap(({ long, short }) => [long, short]);
      const unknown = words.filter((word) => word.startsWith('-') && !options.includes(word));
      if (command.name() === 'heddle' && !words[0].startsWith('-')) wrong.push(`${place}: no verb ${words[0]}`);
      if (unknown.length) wrong.push(`${place}: ${command.name()} has no ${unknown.join(', ')}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(calls).toBeGreaterThan(8);
});

test('every npm command in a page is a script of the package', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = pages.flatMap(({ text }) =>
    [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name]) => name),
  );
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
});

test('every recipe in a page is one whose model can be built: all it lacks are its data', async () => {
  const recipes = blocksIn('yaml').filter(({ text }) => text.startsWith('task:'));
  expect(recipes.length).toBeGreaterThan(2);
  const folder = mkdtempSync(join(tmpdir(), 'heddle-pages-'));
  try {
    const [bert, vit] = [await writeBertFolder(join(folder, 'bert')), await writeVitFolder(join(folder, 'vit'))];
    for (const { text, place } of recipes) {
      const base = text.startsWith('task: image') ? vit : bert;
      const start = text.includes('model_name_or_path') ? [`model.model_name_or_path=${base}`] : [];
      const recipe = parseRecipe(text, place, ['data.root=nowhere', ...start]);
      const preparing = taskRow(recipe.task).prepare(recipe, nodeBackend());
      await expect(preparing, place).rejects.toThrow(/nowhere\/.*: .*no such file/);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
