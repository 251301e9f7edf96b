/** Diffs of docs/extending.md, and applying them to a copy of the source. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { root } from './page.ts';

/** A diff's files: path, the lines that must be there, and what they become. */
export function filesOf(text: string) {
  return text
    .split(/^--- .*\n/m)
    .slice(1)
    .map((part) => {
      const [, path = ''] = /^\+\+\+ b\/(.+)$/m.exec(part) ?? [];
      const hunks = part
        .split(/^@@.*\n/m)
        .slice(1)
        .map((each) => {
          const lines = each.replace(/\n$/, '').split('\n');
          const keep = (sign: RegExp) =>
            lines
              .filter((line) => sign.test(line))
              .map((line) => line.slice(1))
              .join('\n');
          return { before: keep(/^[ -]/), after: keep(/^[ +]/) };
        });
      return { path, hunks };
    });
}

/** Copies the source into a folder, beside what it needs. */
export function copySource(folder: string): void {
  cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const file of ['package.json', 'tsconfig.base.json']) cpSync(join(root, file), join(folder, file));
}

/** Applies a diff to a copy of the source; every line that it keeps or removes must be there. */
export function applyDiff(folder: string, diff: string): void {
  for (const { path, hunks } of filesOf(diff)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    const text = hunks.reduce(
      (known, { before, after }) => {
        expect(known).toContain(before);
        return known.replace(before, () => after);
      },
      existsSync(file) ? readFileSync(file, 'utf8') : '',
    );
    writeFileSync(file, text);
  }
}
