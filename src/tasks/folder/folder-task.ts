import { InputError } from '../../io/error.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';
import { didYouMean } from '../../io/nearest.ts';
import { checkConfig } from '../../models/families/check-config.ts';
import { configFile } from '../../models/folder/load.ts';
import { type TaskName, taskNames, taskRow } from '../task-list.ts';
import { heddleFile, readHeddleFile } from './heddle-file.ts';

const isTaskName = (name: string): name is TaskName => (taskNames as readonly string[]).includes(name);

/**
 * The task of a model folder: the one in `heddle.json`, else the first whose models are like the class in `config.json`.
 *
 * @throws {InputError} when the folder names an unknown task, or names none and its class is unknown or for no task.
 */
export async function folderTask(folder: Folder): Promise<TaskName> {
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
  const found = taskNames.find((name) => taskRow(name).role === role);
  if (found) return found;
  throw new InputError(`${where}: architectures: expected a class for ${taskNames.join(', ')}, got "${architecture}"`);
}
