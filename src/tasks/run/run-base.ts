import { stat } from 'node:fs/promises';
import { diskFolder } from '../../io/disk-folder.ts';
import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import { isInt8 } from '../../models/families/transformers-field.ts';
import { type FolderConfig, readFolderConfig } from '../../models/folder/load.ts';
import type { BaseRecipe } from '../task.ts';

/** A model folder from which a run takes the configuration, the tokenizer and, at its beginning, the weights. */
export interface RunBase extends FolderConfig {
  readonly folder: Folder;
  /** Whether it is the checkpoint of a resumed run, whose weights the trainer reads. */
  readonly isCheckpoint: boolean;
}

/** @throws {InputError} when a path is not that of a folder: a model's name at Hugging Face, for example. */
async function checkFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  const got = found ? 'a file' : 'no such folder; Heddle downloads no models';
  throw new InputError(`recipe model: model_name_or_path: expected the path of a model folder, got "${path}", ${got}`);
}

/**
 * The folder that a recipe's model starts from; in a resumed run the newest checkpoint, which has all of it. Undefined
 * for a new model.
 *
 * @throws {InputError} when the folder has no configuration, or that of another family than `model_type` says.
 */
export async function runBase({ model }: Pick<BaseRecipe, 'model'>, checkpoint?: Folder): Promise<RunBase | undefined> {
  const { model_name_or_path: path, model_type } = model;
  if (path === undefined) return undefined;
  const folder = checkpoint ?? diskFolder(path);
  if (!checkpoint) await checkFolder(path);
  const base = { folder, isCheckpoint: checkpoint !== undefined, ...(await readFolderConfig(folder)) };
  if (isInt8(base.config)) {
    throw new InputError(
      `recipe model: model_name_or_path: ${folder.name} has int8 weights, which are not trained; start from the model that it was made from`,
    );
  }
  const { model_type: found } = base.config;
  if (model_type === undefined || model_type === found) return base;
  throw new InputError(
    `recipe model: model_type: expected ${JSON.stringify(found)}, the family of ${folder.name}, or none, got "${model_type}"`,
  );
}
