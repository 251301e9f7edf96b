/** A page's TypeScript blocks as one program: each block sees what the ones before it declared. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Page, root } from './page.ts';

const { exports: entries }: { exports: Record<string, string | Record<string, string>> } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);

/** The source of an import of the package: `heddle/ops` → `…/src/ops/index.ts`. */
export function sourceOf(specifier: string): string {
  const entry = entries[specifier.replace(/^heddle/, '.')];
  const file = typeof entry === 'string' ? entry : entry?.default;
  if (!file) throw new Error(`${specifier} is not among the exports of package.json`);
  return join(root, file.replace('./dist/', './src/').replace(/\.js$/, '.ts'));
}

const importStatement = /^import [^;]*?from '([^']+)';$/gm;

const withSources = (statement: string): string =>
  statement.replace(/'(heddle(?:\/[^']+)?)'/, (_, specifier: string) => `'${sourceOf(specifier)}'`);

function split(text: string): { imports: string[]; body: string } {
  return {
    imports: [...text.matchAll(importStatement)].map(([whole]) => whole),
    body: text.replace(importStatement, ''),
  };
}

/** The blocks that run, in order. */
export const runBlocks = ({ blocks }: Page) => blocks.filter(({ language, note }) => language === 'ts' && note === '');

/** A module whose `printed` holds, for each block that runs, the lines it printed. It runs the sources. */
export function programOf(page: Page): string {
  const parts = runBlocks(page).map(({ text }) => split(text));
  return [
    "import { format } from 'node:util';",
    ...new Set(parts.flatMap(({ imports }) => imports.map(withSources))),
    'export const printed: string[][] = [];',
    'const console = { log: (...args: unknown[]) => void printed.at(-1)?.push(format(...args)) };',
    ...parts.flatMap(({ body }) => ['printed.push([]);', body]),
  ].join('\n');
}

/** Modules whose types can be checked: the blocks that run as one, then each block that does not. */
export function typedPrograms(page: Page): string[] {
  const together = runBlocks(page).map(({ text }) => text);
  const alone = page.blocks.filter(({ language, note }) => language === 'ts' && note !== '').map(({ text }) => [text]);
  return [together, ...alone]
    .filter(({ length }) => length > 0)
    .map((texts) => {
      const parts = texts.map(split);
      return [...new Set(parts.flatMap(({ imports }) => imports)), ...parts.map(({ body }) => body), 'export {};'].join(
        '\n',
      );
    });
}
