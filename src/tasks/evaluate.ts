import { folderTask } from './folder-task.ts';
import { modelSource } from './platform.ts';
import { nodePlatform } from './platform-node.ts';
import type { EvaluateCall, Evaluation } from './task.ts';
import { taskRow } from './task-list.ts';

/**
 * Scores a model folder on files, as its task does: `heddle evaluate`.
 *
 * @throws {InputError} when the model, a setting or a file cannot be used.
 */
export async function evaluateFiles(model: string, call: EvaluateCall): Promise<Evaluation> {
  const source = modelSource(nodePlatform, model);
  return taskRow(await folderTask(source.folder)).evaluate(source, call);
}
