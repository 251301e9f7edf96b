import { InputError } from '../../io/error.ts';
import { keepApart } from '../../io/kept-apart.ts';
import { lineGroups } from '../../io/line-stream.ts';
import { readLines } from '../../io/text-file.ts';
import { WholeFile } from '../../io/whole-file.ts';

/** Where lines come from and go to. */
export interface LineConversion {
  /** A text file; default: the stream `stdin`. */
  readonly input?: string | undefined;
  /** The file to write, which appears only when complete; default: `print`. */
  readonly output?: string | undefined;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Receives results; resolves when more may come. */
  print(text: string): Promise<void>;
  /** Receives notes about the results. */
  note(line: string): void;
}

/** What becomes of the lines. */
export interface LineConverter {
  /** Files that must not be overwritten, apart from the input. */
  readonly read: readonly string[];
  /** The result of a line; `at` is its number from 0. */
  convert(line: string, at: number): string;
  /** Called after the last line, before an output file appears. */
  end?(): void;
}

/**
 * Converts lines to lines, in the same order. Lines from `stdin` are converted as they arrive.
 *
 * @param what names the call in errors.
 * @throws {InputError} those of `convert`, with file and line.
 */
export async function convertLines(
  what: string,
  { input, output, stdin, print }: LineConversion,
  { read, convert, end }: LineConverter,
): Promise<void> {
  if (output !== undefined)
    await keepApart(`${what} --output`, output, [...read, ...(input === undefined ? [] : [input])]);
  const name = input ?? 'stdin';
  const groups = input === undefined ? lineGroups(stdin, name) : [await readLines(input)];
  const file = output === undefined ? undefined : await WholeFile.open(output);
  let done = 0;
  try {
    for await (const group of groups) {
      let text = '';
      for (const line of group) {
        text += `${placed(name, done, () => convert(line, done))}\n`;
        done++;
      }
      await (file ? file.write(text) : print(text));
    }
    end?.();
    await file?.commit();
  } catch (error) {
    await file?.discard();
    throw error;
  }
}

/** Names the line in an error about it. */
function placed<T>(name: string, at: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${name}:${at + 1}: ${error.message}`) : error;
  }
}
