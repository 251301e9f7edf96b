import { InputError } from '../../io/error.ts';
import { writeWhole } from '../../io/whole-file.ts';
import { folderTask } from '../folder/folder-task.ts';
import { nodePlatform } from '../platform/node.ts';
import { type ModelSourceOptions, modelSource } from '../platform/platform.ts';
import { taskNames, taskRow } from '../task-list.ts';

/**
 * Runs a model on texts and writes a page with the attention of every layer and head: `heddle inspect`.
 *
 * @throws {InputError} when the model cannot be used, its task shows no attention, or a text is blank or has more
 *   tokens than the model has positions.
 */
export async function writeAttentionPage(
  model: string,
  texts: readonly string[],
  out: string,
  options: ModelSourceOptions = {},
): Promise<void> {
  if (texts.some((text) => text.trim() === ''))
    throw new InputError('inspect --text: expected a text, got a blank one');
  const source = modelSource(nodePlatform, model, options);
  const task = await folderTask(source.folder);
  const { attentionPage } = taskRow(task);
  if (!attentionPage) {
    const shown = taskNames.filter((name) => taskRow(name).attentionPage);
    throw new InputError(`inspect ${model}: expected a model for ${shown.join(', ')}, got one for ${task}`);
  }
  await writeWhole(out, await attentionPage(source, texts));
}
