import { gunzipSync, gzipSync } from 'node:zlib';
import { parse, stringify } from 'yaml';
import { type RandomStream, randomStream } from '../../src/data/batch/shuffle.ts';
import { bytesOf, type Files, type Kind, type Seed } from './kind.ts';
import { mutateBytes, mutateTree } from './mutate.ts';

/** The tree that a file holds, if it is written in a syntax of trees. */
function treeOf(
  bytes: Uint8Array,
  syntax: Kind['syntax'],
  name: string,
): { tree: unknown; write(tree: unknown): string } | undefined {
  const text = Buffer.from(bytes).toString();
  try {
    if (syntax === 'yaml') return { tree: parse(text), write: (tree) => stringify(tree) };
    if (/\.json$/.test(name)) return { tree: JSON.parse(text), write: (tree) => JSON.stringify(tree) };
  } catch {
    // A file that is broken already is text.
  }
  return undefined;
}

function changed(name: string, bytes: Uint8Array, kind: Kind, random: RandomStream): Uint8Array {
  if (name.endsWith('.gz') && random.below(2) === 0) {
    const inner = changed(name.slice(0, -3), Uint8Array.from(gunzipSync(bytes)), kind, random);
    return Uint8Array.from(gzipSync(inner));
  }
  const found = random.below(3) > 0 ? treeOf(bytes, kind.syntax, name) : undefined;
  let result = bytes;
  if (found && typeof found.tree === 'object') {
    let tree: unknown = found.tree;
    for (
      let left = 1 + random.below(3);
      left > 0 && typeof tree === 'object' && tree !== null && Object.keys(tree).length > 0;
      left--
    ) {
      tree = mutateTree(tree, random);
    }
    try {
      result = bytesOf(found.write(tree) ?? '');
    } catch {
      // A tree that its syntax cannot write, such as one too deep.
    }
    if (random.below(4) > 0) return result;
  }
  for (let left = 1 + random.below(3); left > 0; left--) result = mutateBytes(result, random);
  return result;
}

/** The input of a run: the same for the same seed and number, whatever ran before. */
export function inputOf(kind: Kind, seeds: readonly Seed[], key: readonly number[]): Files {
  const random = randomStream(...key);
  const { files, changed: names = [...files.keys()] } = seeds[random.below(seeds.length)] as Seed;
  const result = new Map(files);
  const name = names[random.below(names.length)] as string;
  result.set(name, changed(name, files.get(name) ?? new Uint8Array(0), kind, random));
  if (names.length > 1 && random.below(20) === 0) result.delete(name);
  return result;
}
