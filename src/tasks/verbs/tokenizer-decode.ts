import { InputError } from '../../io/error.ts';
import { convertLines, type LineConversion } from './line-conversion.ts';
import { chosenTokenizer, type TokenizerChoice } from './tokenizer-encode.ts';

/** Options of `heddle tokenizer decode`. */
export interface TokenizerDecodeOptions extends LineConversion, TokenizerChoice {
  /** Leaves out special tokens. Default false. */
  readonly skip_special_tokens?: boolean | undefined;
  /** Write JSON strings, which can hold line breaks, instead of texts. */
  readonly json: boolean;
}

/**
 * Decodes lines of ids separated by blanks. The folder needs no model.
 *
 * @throws {InputError} when the folder has no tokenizer, a line has something other than ids of the vocabulary, or a text
 *   has a line break and `json` is not set.
 */
export async function decodeLines(folder: string, options: TokenizerDecodeOptions): Promise<void> {
  const { skip_special_tokens, json } = options;
  const tokenizer = await chosenTokenizer('tokenizer decode', folder, options);
  await convertLines('tokenizer decode', options, {
    read: [folder],
    convert: (line) => {
      const text = tokenizer.decode(idsOf(line), { skip_special_tokens });
      if (json) return JSON.stringify(text);
      if (!/[\n\r]/.test(text)) return text;
      throw new InputError(`expected a text without line breaks, got ${JSON.stringify(text)}; --json writes it`);
    },
  });
}

function idsOf(line: string): number[] {
  const parts = line.trim().split(/\s+/);
  return (parts[0] === '' ? [] : parts).map((part) => {
    if (/^\d+$/.test(part)) return Number(part);
    throw new InputError(`expected ids separated by blanks, got ${JSON.stringify(part.slice(0, 60))}`);
  });
}
