import { InputError } from '../../io/error.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';
import { didYouMean } from '../../io/nearest.ts';
import { checkConfig } from '../../models/families/check-config.ts';
import { configFile } from '../../models/folder/load.ts';
import type { Role } from '../../models/role.ts';
import { type TaskName, taskNames, taskRow } from '../task-list.ts';
import { heddleFile, readHeddleFile } from './heddle-file.ts';

const isTaskName = (name: string): name is TaskName => (taskNames as readonly string[]).includes(name);

/** A folder's model without a task: what it is used as, and its class. */
export interface Taskless {
  readonly role: Role;
  readonly architecture: string;
}

/**
 * The task of a model folder: the one in `heddle.json`, else the first whose models are like the class in `config.json`;
 * if there is none, what the model is.
 *
 * @throws {InputError} when the folder names an unknown task, or its class is unknown.
 */
export async function folderTaskOrRole(folder: Folder): Promise<TaskName | Taskless> {
  const named = (await readHeddleFile(folder))?.task;
  if (named !== undefined) {
    if (isTaskName(named)) return named;
    const near = didYouMean(named, taskNames);
    throw new InputError(
      `${fileIn(folder, heddleFile)}: task: expected one of ${taskNames.join(', ')}, got "${named}"${near}`,
    );
  }
  const where = fileIn(folder, configFile);
  const { role, architecture } = checkConfig(parseJson(await readText(folder, configFile), where), where);
  return taskNames.find((name) => taskRow(name).role === role) ?? { role, architecture };
}

/**
 * The task of a model folder: see {@link folderTaskOrRole}.
 *
 * @throws {InputError} also when the class in `config.json` is for no task.
 */
export async function folderTask(folder: Folder): Promise<TaskName> {
  const found = await folderTaskOrRole(folder);
  if (typeof found === 'string') return found;
  const where = fileIn(folder, configFile);
  throw new InputError(
    `${where}: architectures: expected a class for ${taskNames.join(', ')}, got "${found.architecture}"`,
  );
}
