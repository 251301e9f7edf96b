/** A named tensor of a model. */
export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
  /** Written after the shape. */
  readonly note?: string;
}

/** A place in a tree of names: a tensor, or more places below it. */
type Place = { readonly text: string } | { readonly below: Map<string, Place> };

/** Whether a name and the only one below it share a line: `encoder.layer`. */
const isJoined = (name: string, place: Place): boolean =>
  'below' in place && !name.includes('…') && place.below.size === 1;

const isLayer = (name: string): boolean => /^\d+$/.test(name);

function treeOf(tensors: readonly NamedShape[]): Map<string, Place> {
  const root = new Map<string, Place>();
  for (const { name, shape, note } of tensors) {
    const path = name.split('.');
    let at = root;
    for (const step of path.slice(0, -1)) {
      const known = at.get(step);
      const below = known && 'below' in known ? known.below : new Map<string, Place>();
      at.set(step, { below });
      at = below;
    }
    at.set(path[path.length - 1] ?? name, { text: `[${shape.join(', ')}]${note ? ` ${note}` : ''}` });
  }
  return root;
}

const holdsTensors = (place: Place): boolean =>
  'below' in place && [...place.below.values()].every((inner) => 'text' in inner);

/** The tensors of a module on a line: `weight [4, 2], bias [4]`. */
const leaves = (places: ReadonlyMap<string, Place>): string =>
  [...places].map(([name, place]) => ('text' in place ? `${name} ${place.text}` : name)).join(', ');

/** Layers in a row that hold the same tensors are shown once: `0 … 5`. */
function collapsed(places: Map<string, Place>, lines: (place: Place) => readonly string[]): [string, Place][] {
  const shown: { first: string; last: string; text: string; place: Place }[] = [];
  for (const [name, place] of places) {
    const text = lines(place).join('\n');
    const before = shown[shown.length - 1];
    const continues = before && isLayer(name) && Number(before.last) + 1 === Number(name) && before.text === text;
    if (continues) before.last = name;
    else shown.push({ first: name, last: name, text, place });
  }
  return shown.map(({ first, last, place }) => [
    first === last ? first : `${first} … ${last}  (${Number(last) - Number(first) + 1} ×)`,
    place,
  ]);
}

/**
 * Tensors as an indented tree of their names, in their order. Layers that hold the same tensors are one entry, and
 * names without a branch are one line, as are the tensors of a module.
 */
export function parameterTree(tensors: readonly NamedShape[]): string[] {
  const memo = new Map<Place, readonly string[]>();
  const linesOf = (place: Place): readonly string[] => {
    const known = memo.get(place);
    if (known) return known;
    const lines = 'text' in place ? [place.text] : entries(place.below);
    memo.set(place, lines);
    return lines;
  };
  const entries = (places: Map<string, Place>): string[] =>
    collapsed(places, linesOf).flatMap(([name, place]) => {
      const [first = '', ...rest] = linesOf(place);
      if ('text' in place) return [`${name}  ${first}`];
      if (holdsTensors(place)) return [`${name}  ${leaves(place.below)}`];
      if (isJoined(name, place)) return [`${name}.${first}`, ...rest];
      return [name, ...[first, ...rest].map((line) => `  ${line}`)];
    });
  return entries(treeOf(tensors));
}
