import { InputError } from '../../io/error.ts';
import { writeWhole } from '../../io/whole-file.ts';
import type { Role } from '../../models/role.ts';
import { folderTaskOrRole, type Taskless } from '../folder/folder-task.ts';
import { encoderAttentionPage } from '../model/self-attention-page.ts';
import { nodePlatform } from '../platform/node.ts';
import { type ModelSourceOptions, modelSource } from '../platform/platform.ts';
import { type TaskName, taskNames, taskRow } from '../task-list.ts';

/** Options of {@link writeAttentionPage}. */
export interface AttentionPageOptions extends ModelSourceOptions {
  /** The second text of each pair, in the order of the texts. */
  readonly text_pairs?: readonly string[] | undefined;
}

/** The roles without a task whose models are encoders. */
const encoderRoles: ReadonlySet<Role> = new Set<Role>([
  'next-sentence-prediction',
  'pre-training',
  'replaced-token-detection',
]);

/** What makes the page. @throws {InputError} when the task shows no attention. */
function pageOf(found: TaskName | Taskless, model: string) {
  const page =
    typeof found === 'string'
      ? taskRow(found).attentionPage
      : encoderRoles.has(found.role)
        ? encoderAttentionPage
        : undefined;
  if (page) return page;
  const shown = taskNames.filter((name) => taskRow(name).attentionPage);
  const got = typeof found === 'string' ? found : found.architecture;
  throw new InputError(`inspect ${model}: expected an encoder or a model for ${shown.join(', ')}, got one for ${got}`);
}

const isBlank = (text: string): boolean => text.trim() === '';

/**
 * Runs a model on texts and writes a page with the attention of every layer and head: `heddle inspect`.
 *
 * @throws {InputError} when the model cannot be used, its task shows no attention, a text is blank or has more tokens
 *   than the model has positions, or there are not as many second texts as texts.
 */
export async function writeAttentionPage(
  model: string,
  texts: readonly string[],
  out: string,
  { text_pairs: pairs, ...options }: AttentionPageOptions = {},
): Promise<void> {
  if (texts.some(isBlank)) throw new InputError('inspect --text: expected a text, got a blank one');
  if (pairs?.some(isBlank)) throw new InputError('inspect --text_pair: expected a text, got a blank one');
  if (pairs && pairs.length !== texts.length) {
    throw new InputError(`inspect: expected a --text_pair for every --text, got ${pairs.length} for ${texts.length}`);
  }
  const source = modelSource(nodePlatform, model, options);
  const page = pageOf(await folderTaskOrRole(source.folder), model);
  await writeWhole(out, await page(source, texts, pairs));
}
