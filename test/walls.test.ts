/** The rooms and their walls: what may import what. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { minVersion, satisfies } from 'semver';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Source {
  /** From the root, with `/`: `src/graph/ir/dimension.ts`. */
  readonly path: string;
  readonly room: string;
  readonly text: string;
  /** Everything it imports, types included, as written. */
  readonly imports: readonly string[];
}

/** `import … from`, `export … from`, `import '…'`, and `import(…)`, `require(…)` anywhere. */
const importPattern =
  /^(?:import|export)\b[^'";=()]*?\bfrom\s*'([^'\n]+)'|^import\s*'([^'\n]+)'|\b(?:import|require(?:\.resolve)?)\s*\(\s*'([^'\n]+)'/gm;

/** Code without its comments, which speak of imports too. */
const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

function sourcesOf(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
    .map((file) => {
      const path = posix.join(folder, file.replaceAll('\\', '/'));
      const text = readFileSync(join(root, path), 'utf8');
      const imports = [...withoutComments(text).matchAll(importPattern)].map(
        ([, ...names]) => names.find(Boolean) ?? '',
      );
      return { path, room: path.split('/')[1], text, imports };
    });
}

const sources = sourcesOf('src');
const rooms = [...new Set(sources.map(({ room }) => room))];
const readJson = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));

const resolve = ({ path }: Source, name: string): string => posix.join(posix.dirname(path), name);
const isRelative = (name: string): boolean => name.startsWith('.');

/** `[path, import]` of every import for which `isWrong` holds. */
const imported = (isWrong: (source: Source, name: string) => boolean): string[] =>
  sources.flatMap((source) =>
    source.imports.filter((name) => isWrong(source, name)).map((name) => `${source.path} imports ${name}`),
  );

/** Rooms whose code runs in a browser. */
const browserRooms = ['graph', 'ops', 'onnx', 'nn', 'models', 'decode', 'text', 'weights'];

/** Packages that only some files may import. */
const keepers: Readonly<Record<string, RegExp>> = {
  'onnxruntime-node': /^src\/runtime\/node\//,
  'onnxruntime-common': /^src\/runtime\/node\//,
  koffi: /^src\/runtime\/node\//,
  'onnxruntime-web': /^src\/runtime\/(web\/|web(gpu)?-worker\.ts)/,
  '@bufbuild/protobuf': /^src\/(onnx\/|text\/convert\/sentence-piece-model)/,
  commander: /^src\/cli\//,
  'csv-parse': /^src\/data\//,
  yaml: /^src\/tasks\//,
  'd3-array': /^src\/lab\//,
  'd3-scale': /^src\/lab\//,
  'd3-shape': /^src\/lab\//,
};

const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

/** Of every group of nodes that reach each other, the sorted names: Tarjan's strongly connected components of more than one. */
function circles(arrows: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const stack: string[] = [];
  const visit = (node: string): number => {
    const place = order.size;
    order.set(node, place);
    stack.push(node);
    let low = place;
    for (const next of arrows.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, order.get(next) ?? low);
    }
    if (low === place) {
      const group = stack.splice(stack.indexOf(node));
      if (group.length > 1 || arrows.get(node)?.includes(node)) found.push(group.sort());
    }
    return low;
  };
  for (const node of arrows.keys()) if (!order.has(node)) visit(node);
  return found;
}

describe('the walls', () => {
  test('there is something to hold', () => {
    expect(rooms).toEqual(expect.arrayContaining(['graph', 'ops', 'onnx', 'runtime', 'weights', 'io']));
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(200);
  });

  test('a room imports only rooms that its tsconfig references, and every file of another room by its path in src', () => {
    const allowed = new Map(
      rooms.map((room) => {
        const { references } = readJson(`src/${room}/tsconfig.json`) as { references: { path: string }[] };
        return [room, new Set([room, ...references.map(({ path }) => posix.basename(path))])];
      }),
    );
    const wrong = imported((source, name) => {
      if (!isRelative(name)) return false;
      const [top, room] = resolve(source, name).split('/');
      return top !== 'src' || !allowed.get(source.room)?.has(room);
    });
    expect(wrong).toEqual([]);
  });

  test('arrows never go in a circle', () => {
    const arrows = new Map<string, string[]>(
      rooms.map((room) => [
        room,
        (readJson(`src/${room}/tsconfig.json`).references as { path: string }[]).map(({ path }) =>
          posix.basename(path),
        ),
      ]),
    );
    const reaches = (from: string, seen = new Set<string>()): Set<string> => {
      for (const next of arrows.get(from) ?? []) if (!seen.has(next)) reaches(next, seen.add(next));
      return seen;
    };
    expect(rooms.filter((room) => reaches(room).has(room))).toEqual([]);
  });

  test('no files import each other in a circle, types included', () => {
    const arrows = new Map(
      sources.map((source) => [source.path, source.imports.filter(isRelative).map((name) => resolve(source, name))]),
    );
    expect(circles(arrows)).toEqual([]);
  });

  test('the graph imports nothing from outside', () => {
    expect(
      imported(
        (source, name) =>
          source.room === 'graph' && !(isRelative(name) && resolve(source, name).startsWith('src/graph/')),
      ),
    ).toEqual([]);
  });

  test('an engine is imported where it is kept, and nowhere else', () => {
    expect(imported(({ path }, name) => keepers[packageOf(name)]?.test(path) === false)).toEqual([]);
  });

  test('what a browser runs reaches no module of Node, through other rooms neither', () => {
    const byPath = new Map(sources.map((source) => [source.path, source]));
    const reachesNode = (source: Source, seen: Set<string>): string[] => {
      if (seen.has(source.path)) return [];
      seen.add(source.path);
      return source.imports.flatMap((name) => {
        if (name.startsWith('node:')) return [`${source.path} imports ${name}`];
        const next = isRelative(name) ? byPath.get(resolve(source, name)) : undefined;
        return next ? reachesNode(next, seen) : [];
      });
    };
    const seen = new Set<string>();
    const entries = sources.filter(
      ({ room, path }) =>
        browserRooms.includes(room) || path.startsWith('src/runtime/web') || path === 'src/train/web.ts',
    );
    expect(entries.flatMap((source) => reachesNode(source, seen))).toEqual([]);
  });

  test('every package that is imported is a dependency, and every module of Node says so', () => {
    const { dependencies, optionalDependencies } = readJson('package.json');
    const known = { ...dependencies, ...optionalDependencies };
    const wrong = imported((_, name) => !isRelative(name) && !name.startsWith('node:') && !(packageOf(name) in known));
    expect(wrong).toEqual([]);
  });

  test('every package that is installed runs on the oldest Node that the manifest allows', () => {
    const oldest = minVersion(readJson('package.json').engines.node)?.version ?? '';
    const { packages } = readJson('package-lock.json') as { packages: Record<string, { engines?: { node?: string } }> };
    const wrong = Object.entries(packages).filter(([, { engines }]) => !satisfies(oldest, engines?.node ?? '*'));
    expect(wrong.map(([path, { engines }]) => `${path} needs Node ${engines?.node}`)).toEqual([]);
  });

  test('the lock file names no registry: packages come from whatever registry npm is set to', () => {
    const { packages } = readJson('package-lock.json') as { packages: Record<string, { resolved?: string }> };
    const named = Object.values(packages).filter(({ resolved }) => resolved?.includes(':'));
    expect(Object.keys(packages).length).toBeGreaterThan(100);
    expect(named).toEqual([]);
  });

  test('imports name files that are there, in source and not in dist', () => {
    const paths = new Set(sources.map(({ path }) => path));
    const wrong = imported((source, name) => isRelative(name) && !paths.has(resolve(source, name)));
    expect(wrong).toEqual([]);
    const tests = sourcesOf('test');
    const built = tests.flatMap(({ path, imports }) =>
      imports.filter((name) => /\bdist\//.test(name)).map((name) => `${path}: ${name}`),
    );
    expect(built).toEqual([]);
  });

  test('zod is imported as a namespace, so that a page carries no more of it than is used', () => {
    const whole = sources.filter(({ text }) => /^import (?:type )?(?!(?:type )?\* as z )[^;]*from 'zod'/m.test(text));
    expect(whole.map(({ path }) => path)).toEqual([]);
  });

  test('no file is longer than 400 lines', () => {
    const long = [...sources, ...sourcesOf('test')].filter(({ text }) => text.split('\n').length > 401);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test('no file is named for what is left over', () => {
    const named = sources.filter(({ path }) => /(^|[/-])(utils?|helpers?|common|misc)([./-]|$)/.test(path));
    expect(named.map(({ path }) => path)).toEqual([]);
  });

  test('the table of CONTRIBUTING.md names every room and its folders', () => {
    const table = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(/^\| `(\w+)` \|[^|]*\|([^|]*)\|$/gm);
    const named = new Map(
      [...table].map(([, room, cell]) => [room, [...cell.matchAll(/`([\w-]+)`/g)].map(([, x]) => x)]),
    );
    expect([...named.keys()].sort()).toEqual([...rooms].sort());
    for (const [room, folders] of named) {
      const inside = sources
        .filter((source) => source.room === room)
        .map(({ path }) => path.split('/').slice(2, -1)[0]);
      const isTask = (folder: string) => sources.some(({ path }) => path === `src/tasks/${folder}/row.ts`);
      const expected = [...new Set(inside)].filter((folder) => folder !== undefined && !isTask(folder));
      expect([room, ...folders.sort()]).toEqual([room, ...expected.sort()]);
    }
  });

  test('every room is built', () => {
    const { references } = readJson('tsconfig.json') as { references: { path: string }[] };
    expect(references.map(({ path }) => posix.basename(path)).sort()).toEqual([...rooms].sort());
  });
});
