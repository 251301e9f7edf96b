/** A page's TypeScript blocks as one program: each block sees what the ones before it declared. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Page, root } from './page.ts';

const { exports: entries }: { exports: Record<string, string | Record<string, string>> } = {
  exports: {},
  ...JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')),
};

const TEMP: Record<string, string> = {
  'heddle/graph': './dist/graph/index.js',
  'heddle/ops': './dist/ops/index.js',
  'heddle/onnx': './dist/onnx/index.js',
  'heddle/runtime/node': './dist/runtime/node.js',
  'heddle/runtime/web': './dist/runtime/web.js',
};
/** The source behind an import of the package: `heddle/ops` → `…/src/ops/index.ts`. */
export function sourceOf(specifier: string): string {
  const entry = entries[specifier.replace(/^heddle/, '.')];
  const file = (typeof entry === 'string' ? entry : entry?.default) ?? TEMP[specifier];
  if (!file) throw new Error(`${specifier} is not among the exports of package.json`);
  return join(root, file.replace('./dist/', './src/').replace(/\.js$/, '.ts'));
}

const importStatement = /^import [^;]*?from '([^']+)';$/gm;

const withSources = (statement: string): string =>
  statement.replace(/'(heddle(?:\/[^']+)?)'/, (_, specifier: string) => `'${sourceOf(specifier)}'`);

function split(text: string): { imports: string[]; body: string } {
  const imports = [...text.matchAll(importStatement)].map(([statement]) => withSources(statement));
  return { imports, body: text.replace(importStatement, '') };
}

/** The blocks that run, in order. */
export const runBlocks = ({ blocks }: Page) => blocks.filter(({ language, note }) => language === 'ts' && note === '');

/** A module whose `printed` holds, for each block that runs, the lines it printed. */
export function programOf(page: Page): string {
  const parts = runBlocks(page).map(({ text }) => split(text));
  return [
    "import { format } from 'node:util';",
    ...new Set(parts.flatMap(({ imports }) => imports)),
    'export const printed: string[][] = [];',
    'const console = { log: (...args: unknown[]) => void printed.at(-1)?.push(format(...args)) };',
    ...parts.flatMap(({ body }) => ['printed.push([]);', body]),
  ].join('\n');
}

/** The blocks that are checked and not run, a module each. */
export const checkedPrograms = ({ blocks }: Page): string[] =>
  blocks
    .filter(({ language, note }) => language === 'ts' && note !== '')
    .map(({ text }) => {
      const { imports, body } = split(text);
      return [...imports, 'export {};', body].join('\n');
    });
