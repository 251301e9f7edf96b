import { diskFolder } from '../../io/disk-folder.ts';
import { InputError } from '../../io/error.ts';
import { readLines } from '../../io/text-file.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { loadTokenizers } from '../folder/tokenizer-folder.ts';
import { convertLines, type LineConversion } from './line-conversion.ts';

/** Which of a folder's tokenizers, and how to read it. */
export interface TokenizerChoice {
  /** The target's tokenizer, for folders whose two sides have their own. Default false. */
  readonly target?: boolean | undefined;
  /** Allows regular expressions in `tokenizer.json` that may not run in linear time. Default false. */
  readonly allow_unsafe_patterns?: boolean | undefined;
}

/** Options of `heddle tokenizer encode`. */
export interface TokenizerEncodeOptions extends LineConversion, TokenizerChoice {
  /** A file with the second text of each pair. */
  readonly pair?: string | undefined;
  /** The most tokens of a line, special tokens included. Default: nothing is cut. */
  readonly max_length?: number | undefined;
  /** Write JSON objects instead of ids. */
  readonly json: boolean;
}

/**
 * Encodes lines of text: ids separated by blanks, or objects `{ ids, tokens, offsets, type_ids, attention_mask }`. The
 * folder needs no model.
 *
 * @throws {InputError} when the folder has no tokenizer, the pair's file has another number of lines, or `max_length`
 *   has no room for the special tokens.
 */
export async function encodeLines(folder: string, options: TokenizerEncodeOptions): Promise<void> {
  const { input, pair, max_length, json, note } = options;
  const tokenizer = await chosenTokenizer('tokenizer encode', folder, options);
  checkRoom(tokenizer, { pair, max_length });
  for (const remark of tokenizer.notes) note(remark);
  const seconds = pair === undefined ? undefined : await readLines(pair);
  const limit = max_length ?? tokenizer.modelMaxLength ?? Infinity;
  let longer = 0;
  let lines = 0;
  const encoded = (line: string, at: number): string => {
    lines = at + 1;
    if (seconds && at >= seconds.length)
      throw new InputError(`expected as many lines as ${pair}, ${seconds.length}, got more`);
    const found = tokenizer.encoding(line, { text_pair: seconds?.[at] });
    const isLonger = found.ids.length > limit;
    if (isLonger) longer++;
    const kept =
      isLonger && max_length !== undefined
        ? tokenizer.encoding(line, { text_pair: seconds?.[at], truncation: true, max_length })
        : found;
    const { ids, tokens, offsets, type_ids, attention_mask } = kept;
    return json ? JSON.stringify({ ids, tokens, offsets, type_ids, attention_mask }) : ids.join(' ');
  };
  await convertLines('tokenizer encode', options, {
    read: [folder, ...(pair === undefined ? [] : [pair])],
    convert: encoded,
    end: () => {
      if (seconds && lines < seconds.length)
        throw new InputError(`${input ?? 'stdin'}: expected as many lines as ${pair}, ${seconds.length}, got ${lines}`);
    },
  });
  if (longer === 0) return;
  const which = `${longer} of ${lines} ${lines === 1 ? 'line' : 'lines'}`;
  note(
    max_length === undefined
      ? `${which} longer than the model's ${limit} tokens; --max_length ${limit} cuts them`
      : `${which} cut to ${limit} tokens`,
  );
}

/** The tokenizer of a folder. @throws {InputError} when there is none, or none for the target. */
export async function chosenTokenizer(
  what: string,
  folder: string,
  { target: wantsTarget = false, allow_unsafe_patterns }: TokenizerChoice,
): Promise<Tokenizer> {
  const { source, target } = await loadTokenizers(diskFolder(folder), { allow_unsafe_patterns });
  if (!wantsTarget) return source;
  if (target !== source) return target;
  throw new InputError(`${what} --target: expected a folder with target_tokenizer.json, got ${folder} without one`);
}

/** Reports before the first line what is wrong for every line. */
function checkRoom(
  tokenizer: Tokenizer,
  { pair, max_length }: Pick<TokenizerEncodeOptions, 'pair' | 'max_length'>,
): void {
  const options = max_length === undefined ? {} : { truncation: true, max_length };
  tokenizer.encoding('', { text_pair: pair === undefined ? undefined : '', ...options });
}
