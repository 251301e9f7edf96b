import * as z from 'zod';
import { check } from '../io/check.ts';
import { InputError, reportAll } from '../io/error.ts';
import { checkFileName, type Folder, fileIn, openIn, readText } from '../io/folder.ts';
import { parseJson } from '../io/json.ts';
import { otherFormat } from './other-format.ts';
import { type OpenSafetensors, openSafetensors } from './safetensors.ts';
import type { TensorPlace } from './safetensors-header.ts';
import { isSameTensor } from './same-tensor.ts';
import type { Tensor } from './tensor.ts';

/** The tensors of a checkpoint, by their names in the files. */
export interface Checkpoint {
  /** The folder, for errors. */
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** A checkpoint whose headers are read and whose tensors are read one at a time. Must be closed. */
export interface OpenCheckpoint {
  /** The folder, for errors. */
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** What each tensor is, by its name in the files, in the order of the files. */
  readonly tensors: ReadonlyMap<string, Pick<TensorPlace, 'dtype' | 'shape'>>;
  /** @throws {InputError} when the tensor cannot be read. */
  read(name: string): Promise<Tensor>;
  /** Whether two of its tensors have one shape and the same numbers, as float32. Reads no more than it must. */
  isSame(name: string, other: string): Promise<boolean>;
  close(): Promise<void>;
}

/** The file with all tensors, unless there is an index. */
export const weightsFile = 'model.safetensors';
/** The list of shards and the tensors in each. */
export const indexFile = 'model.safetensors.index.json';

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

async function openFile(folder: Folder, file: string): Promise<OpenSafetensors> {
  const open = await openIn(folder, file);
  try {
    return await openSafetensors(open, fileIn(folder, file));
  } catch (error) {
    await open.close();
    throw error;
  }
}

/** The shard of every tensor, by an index. @throws {InputError} when it is damaged or names files outside the folder. */
async function readIndex(folder: Folder): Promise<Map<string, string>> {
  const where = fileIn(folder, indexFile);
  const json = parseJson(await readText(folder, indexFile), where);
  check(indexSchema, json, where);
  // From the text itself: zod drops the key `__proto__` from records.
  const entries = Object.entries((json as z.output<typeof indexSchema>).weight_map);
  for (const file of new Set(entries.map(([, file]) => String(file)))) checkFileName(file, where);
  return new Map(entries.map(([name, file]) => [name, String(file)]));
}

/** @throws {InputError} when shards are missing, or hold other tensors than the index says. */
async function openShards(folder: Folder): Promise<ReadonlyMap<string, OpenSafetensors>> {
  const where = fileIn(folder, indexFile);
  const fileOf = await readIndex(folder);
  const files = [...new Set(fileOf.values())].sort();
  const wrong: string[] = [];
  for (const file of files) {
    if (!(await folder.has(file))) wrong.push(`expected the shard ${file} in the folder, got no such file`);
  }
  if (wrong.length > 0) throw reportAll(where, wrong);
  const shards = new Map<string, OpenSafetensors>();
  try {
    for (const file of files) shards.set(file, await openFile(folder, file));
    const found = new Set<string>();
    for (const [file, { places }] of shards) {
      for (const name of places.keys()) {
        const listed = fileOf.get(name) ?? 'no file';
        if (listed !== file) wrong.push(`expected ${name} in ${listed}, got it in ${file}`);
        found.add(name);
      }
    }
    for (const [name, file] of fileOf) if (!found.has(name)) wrong.push(`expected ${name} in ${file}, got none`);
    if (wrong.length > 0) throw reportAll(where, wrong);
    return shards;
  } catch (error) {
    await closeAll(shards);
    throw error;
  }
}

async function closeAll(files: ReadonlyMap<string, OpenSafetensors>): Promise<void> {
  for (const file of files.values()) await file.close();
}

/**
 * Opens a model folder's weights, `model.safetensors` or the shards of `model.safetensors.index.json`.
 *
 * @throws {InputError} when both are missing (other formats are named, with a way to convert them), a file is damaged
 *   (see {@link parseSafetensors}), a shard is missing, or the tensors in the shards differ from the index.
 */
export async function openCheckpoint(folder: Folder): Promise<OpenCheckpoint> {
  const files = await openFiles(folder);
  const places = new Map(
    [...files.values()].flatMap((file) => [...file.places].map(([name, place]) => [name, { file, place }] as const)),
  );
  const placeOf = (name: string) => {
    const found = places.get(name);
    if (!found) throw new RangeError(`checkpoint ${folder.name}: expected a tensor of the files, got ${name}`);
    return found;
  };
  return {
    name: folder.name,
    metadata: Object.assign({}, ...[...files.values()].map(({ metadata }) => metadata)),
    tensors: new Map([...places].map(([name, { place }]) => [name, place])),
    async read(name) {
      const { file, place } = placeOf(name);
      return file.read(place);
    },
    isSame: async (name, other) => isSameTensor(placeOf(name), placeOf(other)),
    close: () => closeAll(files),
  };
}

async function openFiles(folder: Folder): Promise<ReadonlyMap<string, OpenSafetensors>> {
  if (await folder.has(weightsFile)) return new Map([[weightsFile, await openFile(folder, weightsFile)]]);
  if (await folder.has(indexFile)) return openShards(folder);
  const got = (await otherFormat(folder)) ?? 'neither';
  throw new InputError(`checkpoint ${folder.name}: expected ${weightsFile} or ${indexFile}, got ${got}`);
}

/** The names of a folder's files of weights, in order. @throws {InputError} when there is none, or the index is damaged. */
export async function weightFilesIn(folder: Folder): Promise<readonly string[]> {
  if (await folder.has(weightsFile)) return [weightsFile];
  if (await folder.has(indexFile)) return [...new Set((await readIndex(folder)).values())].sort();
  const got = (await otherFormat(folder)) ?? 'neither';
  throw new InputError(`checkpoint ${folder.name}: expected ${weightsFile} or ${indexFile}, got ${got}`);
}

/** Reads all of a model folder's weights. @throws {InputError} as {@link openCheckpoint}. */
export async function loadCheckpoint(folder: Folder): Promise<Checkpoint> {
  const open = await openCheckpoint(folder);
  try {
    const tensors = new Map<string, Tensor>();
    for (const name of open.tensors.keys()) tensors.set(name, await open.read(name));
    return { name: open.name, metadata: open.metadata, tensors };
  } finally {
    await open.close();
  }
}
