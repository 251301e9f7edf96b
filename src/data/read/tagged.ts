import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import { type ReadOptions, readLines } from '../../io/text-file.ts';
import { type ConlluColumn, conlluColumns, parseConllu } from './conllu.ts';
import { refuse, whereIs, within } from './data-file.ts';
import { checkDifferent } from './table.ts';
import type { TaggedLines, TaggedSentence } from './tagged-sentence.ts';
import { parseTokenLines } from './token-lines.ts';

/** Tagged sentences in the order of the file. */
export interface TaggedText {
  readonly sentences: readonly TaggedSentence[];
  /** Where sentence `index`, or its word `word` from 0, stands, for messages: `train.conllu:1042`. */
  where(index: number, word?: number): string;
  /** What of the file is not read as it stands, a line each. */
  readonly notes: readonly string[];
}

/** One split of tagged sentences. */
export type TaggedEntry =
  | {
      file: string;
      /** Universal Dependencies' ten columns. Default for a name in .conllu, a `.gz` after it aside. */
      format?: 'conllu';
      /** Which column is the tag, by its name. Default upos. */
      columns?: { tag: ConlluColumn };
    }
  | {
      file: string;
      /** A token a line with columns between tabs or blanks. Default for every other name. */
      format?: 'conll';
      /** Columns from 0. Default the first and the second. */
      columns?: { word: number; tag: number };
    };

/**
 * Reads sentences whose words have tags; a path that is not absolute is relative to `root`, a name in `.gz` is read through gzip.
 *
 * Sentences are separated by blank lines; comments are skipped and counted. Words and tags are taken as they stand; tags such as B-PER are not looked into.
 *
 * @throws {InputError} when the file cannot be read, has no sentence, or a line is not as its format wants it.
 */
export async function readTagged(root: string, entry: TaggedEntry, options: ReadOptions = {}): Promise<TaggedText> {
  const { file } = entry;
  const parse = parserOf(entry);
  const { sentences, violations, notes } = parse(await readLines(within(root, file), options), file);
  refuse(violations);
  if (sentences.length === 0) throw new InputError(`data ${file}: expected sentences, got none`);
  const where = (index: number, word = 0): string =>
    whereIs(file, `word ${word} of sentence ${index}`, sentences[index]?.lines[word]);
  return { sentences, notes, where };
}

function parserOf(entry: TaggedEntry): (lines: readonly string[], file: string) => TaggedLines {
  const { file, format } = entry;
  const columns: Readonly<Record<string, unknown>> = entry.columns ?? {};
  const kind = format ?? (/\.conllu(\.gz)?$/i.test(file) ? 'conllu' : 'conll');
  const refused = (must: string, got: unknown, hint = '') =>
    new InputError(`data ${file}: ${must}, got ${JSON.stringify(got)}${hint}`);
  if (kind === 'conllu') {
    const { tag = 'upos', ...rest } = columns;
    if (Object.keys(rest).length > 0) throw refused('columns of CoNLL-U must be tag alone', columns);
    const name = conlluColumns.find((column) => column === tag);
    if (name === 'form') throw refused('columns.tag must be another column than the words', name);
    if (name) return (lines) => parseConllu(lines, file, name);
    throw refused(
      `columns.tag must be one of ${conlluColumns.join(', ')}`,
      tag,
      didYouMean(String(tag), conlluColumns),
    );
  }
  if (kind !== 'conll') throw refused('format must be conllu or conll', kind);
  const { word = 0, tag = 1 } = columns;
  for (const [name, column] of Object.entries({ word, tag })) {
    if (!Number.isInteger(column) || Number(column) < 0)
      throw refused(`columns.${name} must be an integer from 0 on`, column);
  }
  const places = { word: Number(word), tag: Number(tag) };
  checkDifferent(file, places);
  return (lines) => parseTokenLines(lines, file, places);
}
