/** The layer of a path in a model, by the model's own names: `bert.encoder.layer.0`, `bert.embeddings`, `classifier`. */
export type LayerOf = (path: string) => string;

/** Parts that only hold the layers of a model, by convention of checkpoints. */
const holders = ['model', 'model.encoder', 'model.decoder'];

const isNumber = (part: string): boolean => /^\d+$/.test(part);

/**
 * How the paths of a model fall into layers: a layer is the first numbered part of a path with what is above it, or, in a
 * path without one, the first part that holds no numbered ones.
 */
export function layersOf(paths: Iterable<string>): LayerOf {
  const containers = new Set<string>(holders);
  for (const path of paths) {
    const parts = path.split('.');
    const numbered = parts.findIndex(isNumber);
    for (let length = 1; length <= numbered; length++) containers.add(parts.slice(0, length).join('.'));
  }
  return (path) => {
    const parts = path.split('.');
    const numbered = parts.findIndex(isNumber);
    let length = numbered < 0 ? 1 : numbered + 1;
    if (numbered < 0) while (length < parts.length && containers.has(parts.slice(0, length).join('.'))) length++;
    return parts.slice(0, length).join('.');
  };
}
