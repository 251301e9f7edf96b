import { InputError } from '../../io/error.ts';
import { writeWhole } from '../../io/whole-file.ts';
import { safetensorsPieces } from '../../weights/safetensors.ts';
import { attentionTensors, modelAttentionPage } from '../attention/attention-document.ts';
import type { AttentionOptions } from '../attention/attention-option.ts';
import { modelAttention } from '../attention/model-attention.ts';
import { folderTaskOrRole } from '../folder/folder-task.ts';
import { nodePlatform } from '../platform/node.ts';
import { type ModelSourceOptions, modelSource } from '../platform/platform.ts';
import { taskRow } from '../task-list.ts';

/** Options of {@link writeAttentionPage}. */
export interface AttentionPageOptions extends ModelSourceOptions, Omit<AttentionOptions, 'references'> {
  /** A safetensors file for all weights, of which the page keeps the largest. */
  readonly weights?: string | undefined;
}

const isBlank = (text: string): boolean => text.trim() === '';

/** @throws {InputError} for a blank text, or another number of them than of texts. */
function checkTexts(option: string, given: readonly string[] | undefined, count: number): void {
  if (given?.some(isBlank)) throw new InputError(`inspect ${option}: expected a text, got a blank one`);
  if (given && given.length !== count) {
    throw new InputError(`inspect: expected a ${option} for every --text, got ${given.length} for ${count}`);
  }
}

/**
 * Runs a model on texts and writes a page with the attention of every layer and head: `heddle inspect`.
 *
 * @throws {InputError} when the model cannot be used or has no attention, a text is blank or has more tokens than the model
 *   has positions, or there are not as many second texts or targets as texts.
 */
export async function writeAttentionPage(
  folder: string,
  texts: readonly string[],
  out: string,
  { text_pairs, targets, words, weights, ...options }: AttentionPageOptions = {},
): Promise<void> {
  checkTexts('--text', texts, texts.length);
  checkTexts('--text_pair', text_pairs, texts.length);
  checkTexts('--target', targets, texts.length);
  const source = modelSource(nodePlatform, folder, options);
  const task = await folderTaskOrRole(source.folder);
  const attention = (typeof task === 'string' ? taskRow(task).attention : undefined) ?? modelAttention;
  const { model, examples } = await attention(source, texts, { text_pairs, targets, words });
  const page = await modelAttentionPage(model, examples);
  if (weights !== undefined) {
    const { tensors, metadata } = attentionTensors(examples);
    await writeWhole(weights, safetensorsPieces(tensors, metadata));
  }
  await writeWhole(out, page);
}
