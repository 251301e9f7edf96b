import { within } from '../../data/read/data-file.ts';
import { readWordVectors } from '../../data/read/word-vectors.ts';
import { inputName } from '../../graph/index.ts';
import { InputError } from '../../io/error.ts';
import type { TokenClassifier } from '../../models/model.ts';
import { type Parameter, type Scope, Trace } from '../../nn/index.ts';

/** Initial vectors of the rows of a table, by row. */
export type InitialVectors = ReadonlyMap<number, Float32Array>;

/**
 * Reads the vectors of those words of a vocabulary that a file contains.
 *
 * @param names the words, in the order of their ids.
 * @throws {InputError} when the file cannot be read as vectors, has none of the words, or its vectors have another
 *   width than the model's.
 */
export async function readInitialVectors(
  root: string,
  file: string,
  names: readonly string[],
  model: TokenClassifier,
): Promise<InitialVectors> {
  const path = within(root, file);
  const { dimension, vectors } = await readWordVectors(path, names);
  const [, width] = wordTable(new Trace().root, model).shape;
  if (width !== dimension) {
    const expected = `${width} numbers, as the model’s (embedding_size or hidden_size)`;
    throw new InputError(`${path}: expected vectors of ${expected}, got ${dimension}`);
  }
  const rows = names.flatMap((name, id) => {
    const vector = vectors.get(name);
    return vector ? [[id, vector] as const] : [];
  });
  if (rows.length === 0) throw new InputError(`${path}: expected vectors for words of the training data, got none`);
  return new Map(rows);
}

/** Initializes a traced model with the vectors; the other rows are drawn as usual. */
export function beginWith(root: Scope, model: TokenClassifier, vectors: InitialVectors): void {
  const { name, ...parameter } = wordTable(root, model);
  root.trace.parameters.set(name, {
    ...parameter,
    initializer(shape, uniform) {
      const table = parameter.initializer(shape, uniform);
      for (const [row, vector] of vectors) table.set(vector, row * vector.length);
      return table;
    },
  });
}

/** The parameter that holds the word vectors, and its name in the checkpoint. */
function wordTable(root: Scope, model: TokenClassifier): Parameter & { readonly name: string } {
  const name = inputName(model.table(root));
  const parameter = name === null ? undefined : root.trace.parameters.get(name);
  if (name === null || !parameter) throw new Error('trace: the table of words must be a parameter');
  return { name, ...parameter };
}
