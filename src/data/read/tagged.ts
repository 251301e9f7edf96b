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
  /** Where sentence `index`, or its word `word` (from 0), is, for messages: `train.conllu:1042`. */
  where(index: number, word?: number): string;
  /** What was skipped or replaced in the file, one message per kind. */
  readonly notes: readonly string[];
}

/** One split of tagged sentences. */
export type TaggedEntry =
  | {
      file: string;
      /** The ten columns of Universal Dependencies. Default for a name that ends in .conllu or .conllu.gz. */
      format?: 'conllu';
      /** The name of the column that holds the tags. Default upos. */
      columns?: { tag: ConlluColumn };
    }
  | {
      file: string;
      /** One token per line, columns separated by tabs or blanks. Default for every other name. */
      format?: 'conll';
      /** Columns from 0. Default: the first and the second. */
      columns?: { word: number; tag: number };
    };

/**
 * Reads sentences whose words have tags. A relative path starts at `root`; a file whose name ends in `.gz` is unpacked.
 *
 * Sentences are separated by blank lines; comments are skipped and counted. Words and tags are taken verbatim; tags
 * such as B-PER are not interpreted.
 *
 * @throws {InputError} when the file cannot be read, has no sentence, or has a line that does not match its format.
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
    if (Object.keys(rest).length > 0) throw refused('columns of CoNLL-U must have the field tag only', columns);
    const name = conlluColumns.find((column) => column === tag);
    if (name === 'form') throw refused('columns.tag must not be the column of the words', name);
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
      throw refused(`columns.${name} must be an integer ≥ 0`, column);
  }
  const places = { word: Number(word), tag: Number(tag) };
  checkDifferent(file, places);
  return (lines) => parseTokenLines(lines, file, places);
}
