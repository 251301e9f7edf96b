/** Scripts outside the type checker's reach: what they import of the build must be there, under the names they use. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scripts = ['bench', 'recipes'].flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).flatMap((file) =>
    file.endsWith('.mjs') ? [join(room, file)] : [],
  ),
);

/** What a script takes of the build: the source of each module, and the names. */
const taken = (script: string) =>
  [...readFileSync(join(root, script), 'utf8').matchAll(/^import \{([^}]*)\} from '([^']*\/dist\/[^']*)';/gm)].map(
    ([, names, path]) => ({
      names: names.split(',').flatMap((name) => name.trim().split(' as ')[0] || []),
      source: relative(root, join(root, dirname(script), path))
        .replace(/^dist/, 'src')
        .replace(/js$/, 'ts'),
    }),
  );

const uses = scripts.flatMap((script) => taken(script).map((use) => ({ script, ...use })));

test('the scripts use the build', () => expect(uses.length).toBeGreaterThan(40));

test.each(uses)('$script finds $names in $source', async ({ names, source }) => {
  expect(Object.keys(await import(join(root, source)))).toEqual(expect.arrayContaining(names));
});
