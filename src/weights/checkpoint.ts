import * as z from 'zod';
import { check } from '../io/check.ts';
import { InputError, reportAll } from '../io/error.ts';
import { checkFileName, type Folder, fileIn, readText } from '../io/folder.ts';
import { parseJson } from '../io/json.ts';
import { parseSafetensors, readSafetensors, type Safetensors } from './safetensors.ts';
import type { Tensor } from './tensor.ts';

/** The tensors of a checkpoint, by their names in the files. */
export interface Checkpoint {
  /** The folder, for errors. */
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** The file with all tensors, unless there is an index. */
export const weightsFile = 'model.safetensors';
/** The list of shards and the tensors in each. */
export const indexFile = 'model.safetensors.index.json';

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

async function tensorsIn(folder: Folder, file: string): Promise<Safetensors> {
  if (!folder.open) return parseSafetensors(await folder.read(file), fileIn(folder, file));
  const open = await folder.open(file);
  return readSafetensors(open, fileIn(folder, file)).finally(() => open.close());
}

async function loadShards(folder: Folder): Promise<Checkpoint> {
  const where = fileIn(folder, indexFile);
  const json = parseJson(await readText(folder, indexFile), where);
  check(indexSchema, json, where);
  // From the text itself: zod drops the key `__proto__` from records.
  const entries = Object.entries((json as z.output<typeof indexSchema>).weight_map);
  const fileOf = new Map(entries.map(([name, file]) => [name, String(file)]));
  const files = [...new Set(fileOf.values())].sort();
  for (const file of files) checkFileName(file, where);
  const wrong: string[] = [];
  const tensors = new Map<string, Tensor>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const file of files) {
    const shard = await tensorsIn(folder, file);
    metadata = { ...metadata, ...shard.metadata };
    for (const [name, tensor] of shard.tensors) {
      const listed = fileOf.get(name) ?? 'no file';
      if (listed !== file) wrong.push(`expected ${name} in ${listed}, got it in ${file}`);
      tensors.set(name, tensor);
    }
  }
  for (const [name, file] of fileOf) {
    if (!tensors.has(name)) wrong.push(`expected ${name} in ${file}, got none`);
  }
  if (wrong.length > 0) throw reportAll(where, wrong);
  return { name: folder.name, metadata, tensors };
}

/**
 * Reads a model folder's weights, `model.safetensors` or the shards of `model.safetensors.index.json`.
 *
 * @throws {InputError} when both are missing, a file is damaged (see {@link parseSafetensors}), or the tensors in the
 *   shards differ from the index.
 */
export async function loadCheckpoint(folder: Folder): Promise<Checkpoint> {
  if (await folder.has(weightsFile)) {
    return { name: folder.name, ...(await tensorsIn(folder, weightsFile)) };
  }
  if (await folder.has(indexFile)) return loadShards(folder);
  const hasPickle = await folder.has('pytorch_model.bin');
  const got = hasPickle ? 'pytorch_model.bin, a pickle; save it again as safetensors' : 'neither';
  throw new InputError(`checkpoint ${folder.name}: expected ${weightsFile} or ${indexFile}, got ${got}`);
}
