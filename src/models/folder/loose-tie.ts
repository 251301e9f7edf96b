import type { Folder } from '../../io/folder.ts';
import { openCheckpoint } from '../../weights/checkpoint.ts';
import { familyOf } from '../families/families.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The fields of a folder's configuration that its weights decide: whether the output layer is tied, in families where no
 * field says it. None for other families.
 *
 * @throws {InputError} when the weights are missing or damaged.
 */
export async function tieFields(folder: Folder, file: Fields): Promise<Fields> {
  const { model_type: type } = file;
  const tie = typeof type === 'string' ? familyOf(type)?.looseTie : undefined;
  if (!tie) return {};
  const { tensors, isSame, close } = await openCheckpoint(folder);
  try {
    const table = tie.tables.find((name) => tensors.has(name));
    const isTied = !table || !tensors.has(tie.layer) || (await isSame(tie.layer, table));
    return tie.fields(file, isTied);
  } finally {
    await close();
  }
}
