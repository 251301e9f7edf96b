import { within } from '../../data/read/data-file.ts';
import { readWordVectors } from '../../data/read/word-vectors.ts';
import { InputError } from '../../io/error.ts';
import { type ModelSetup, modelParameters } from '../../models/family.ts';
import type { Trace } from '../../nn/index.ts';

/** The table of words' vectors in all encoders of ours. */
const tableName = 'model.embed_tokens.weight';

/** Vectors that rows of a table begin with, by the row. */
export type InitialVectors = ReadonlyMap<number, Float32Array>;

/**
 * Reads the vectors of a vocabulary's words, as many as a file has.
 *
 * @param names of words, in the order of their ids.
 * @throws {InputError} when the file cannot be read as vectors, has none of the words, or is wider than the model's table.
 */
export async function readInitialVectors(
  root: string,
  file: string,
  names: readonly string[],
  setup: ModelSetup,
): Promise<InitialVectors> {
  const path = within(root, file);
  const { dimension, vectors } = await readWordVectors(path, names);
  const shape = modelParameters(setup).get(tableName)?.shape;
  if (shape?.[1] !== dimension) {
    const width = shape
      ? `${shape[1]} numbers, as the model’s (embedding_size or hidden_size)`
      : 'a model with a table of words';
    throw new InputError(`${path}: expected vectors of ${width}, got ${dimension}`);
  }
  const rows = names.flatMap((name, id) => {
    const vector = vectors.get(name);
    return vector ? [[id, vector] as const] : [];
  });
  if (rows.length === 0) throw new InputError(`${path}: expected vectors of words of the training data, got none`);
  return new Map(rows);
}

/** Lets a traced model begin with the vectors; the other rows are drawn as they would be. */
export function beginWith(trace: Trace, vectors: InitialVectors): void {
  const parameter = trace.parameters.get(tableName);
  if (!parameter) throw new Error(`trace: there is no ${tableName}`);
  trace.parameters.set(tableName, {
    ...parameter,
    initializer(shape, uniform) {
      const table = parameter.initializer(shape, uniform);
      for (const [row, vector] of vectors) table.set(vector, row * shape[1]);
      return table;
    },
  });
}
