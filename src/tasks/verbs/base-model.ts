import { createHash } from 'node:crypto';
import { basename, isAbsolute, resolve } from 'node:path';
import { diskFolder } from '../../io/disk-folder.ts';
import { InputError } from '../../io/error.ts';
import { openIn } from '../../io/folder.ts';
import { configFile } from '../../models/folder/load.ts';
import { weightFilesIn } from '../../weights/checkpoint.ts';
import { cardMetadata } from '../folder/card-metadata.ts';
import type { BaseModel } from '../folder/heddle-file.ts';
import { tokenizerFieldsOfFolders } from '../recipe/dependent-field.ts';
import type { Recipe } from '../recipe/schema.ts';

/** Bytes of a file that are hashed at once. */
const chunk = 2 ** 22;

/**
 * A folder's name, the SHA-256 of its weights (of `model.safetensors`, or of all shards one after the other), and what
 * its model card says.
 */
async function modelOf(path: string): Promise<BaseModel> {
  const folder = diskFolder(path);
  const hash = createHash('sha256');
  for (const name of await weightFilesIn(folder)) {
    const file = await openIn(folder, name);
    try {
      for (let at = 0; at < file.size; at += chunk) hash.update(await file.read(at, Math.min(at + chunk, file.size)));
    } finally {
      await file.close();
    }
  }
  return { name: basename(resolve(path)), sha256: hash.digest('hex'), ...(await cardMetadata(folder)) };
}

/**
 * The model that a run starts from, undefined for a new model. A resumed run needs the folder no longer; if it is still
 * there, its weights must be those that the run began with.
 *
 * @param begun what a resumed run recorded.
 * @throws {InputError} when the folder has no weights, or has others.
 */
export async function baseModel(
  { model: { model_name_or_path: path } }: Pick<Recipe, 'model'>,
  begun?: BaseModel,
): Promise<BaseModel | undefined> {
  if (path === undefined) return undefined;
  if (begun && !(await diskFolder(path).has(configFile))) return begun;
  const found = await modelOf(path);
  if (!begun || begun.sha256 === found.sha256) return begun ?? found;
  throw new InputError(
    `${path}: a resumed training needs the weights it began with, those of ${begun.name} (SHA-256 ${begun.sha256.slice(0, 12)}…), got others (${found.sha256.slice(0, 12)}…)`,
  );
}

/**
 * A recipe as a run records it: of a folder elsewhere only the name, and no tokenizer that is not trained, so that it is
 * still a recipe.
 */
export function recordedForm<R extends Pick<Recipe, 'model'> & { readonly tokenizer?: object }>(
  recipe: R,
): Readonly<Record<string, unknown>> {
  const { tokenizer = {}, ...rest } = recipe;
  const path = recipe.model.model_name_or_path;
  if (path === undefined) return { ...recipe };
  const acting = Object.entries(tokenizer).filter(([name]) => tokenizerFieldsOfFolders.includes(name));
  return {
    ...rest,
    ...(acting.length > 0 && { tokenizer: Object.fromEntries(acting) }),
    model: { ...recipe.model, model_name_or_path: isAbsolute(path) ? basename(path) : path },
  };
}
