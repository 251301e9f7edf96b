import { InputError } from '../../io/error.ts';
import { writeWhole } from '../../io/whole-file.ts';
import { safetensorsPieces } from '../../weights/safetensors.ts';
import { attentionTensors, modelAttentionPage } from '../attention/attention-document.ts';
import type { AttentionCall } from '../attention/attention-reader.ts';
import { attentionReader } from '../attention/readers.ts';
import { folderTaskOrRole } from '../folder/folder-task.ts';
import { type LanguageOptions, languageNames } from '../folder/language-option.ts';
import { languageSettings } from '../model/generation-setting.ts';
import { nodePlatform } from '../platform/node.ts';
import { type ModelSourceOptions, modelSource } from '../platform/platform.ts';
import { taskRow } from '../task-list.ts';

/** Options of {@link writeAttentionPage}: what the model reads, and how. */
export interface AttentionPageOptions
  extends Pick<ModelSourceOptions, 'backend' | 'engine' | 'low_memory'>,
    Omit<AttentionCall, keyof LanguageOptions> {
  /** Languages of the texts, `src_lang=CODE` and `tgt_lang=CODE`. */
  readonly settings?: readonly string[] | undefined;
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

/** @throws {InputError} for a setting that is no language. */
function languagesIn(settings: readonly string[] = []): LanguageOptions {
  const { languages, others } = languageSettings(settings);
  const [other] = others;
  if (other === undefined) return languages;
  throw new InputError(`inspect --set ${other}: expected ${languageNames.join(' or ')}`);
}

/**
 * Runs a model on texts or images and writes a page with the attention of every layer and head: `heddle inspect`.
 *
 * @throws {InputError} when the model cannot be used or has no attention, is given what it does not read, a text is blank or
 *   has more tokens than the model has positions, there are not as many second texts or targets as texts, a setting is
 *   no language, or a file of
 *   images cannot be read.
 */
export async function writeAttentionPage(
  folder: string,
  out: string,
  { weights, backend, engine, low_memory, settings, ...given }: AttentionPageOptions,
): Promise<void> {
  const call = { ...given, ...languagesIn(settings) };
  const { texts, text_pairs, targets, allow_unsafe_patterns } = call;
  const source = modelSource(nodePlatform, folder, { backend, engine, low_memory, allow_unsafe_patterns });
  const task = await folderTaskOrRole(source.folder);
  const { role } = typeof task === 'string' ? taskRow(task) : task;
  const reader = attentionReader(role, call);
  const count = texts?.length ?? 0;
  checkTexts('--text', texts, count);
  checkTexts('--text_pair', text_pairs, count);
  checkTexts('--target', targets, count);
  const { model, examples } = await reader.show(source, call);
  const page = await modelAttentionPage(model, examples);
  if (weights !== undefined) {
    const { tensors, metadata } = attentionTensors(examples);
    await writeWhole(weights, safetensorsPieces(tensors, metadata));
  }
  await writeWhole(out, page);
}
