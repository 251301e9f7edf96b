import { composedName } from './column-name.ts';

/** Names that columns of texts commonly have, in lower case, without a number at the end. */
const usualNames: ReadonlySet<string> = new Set([
  ...['source', 'target', 'src', 'tgt', 'input', 'output', 'text', 'sentence', 'translation', 'label', 'labels'],
  ...['question', 'answer', 'query', 'passage', 'context', 'prompt', 'completion', 'response', 'premise', 'hypothesis'],
  ...[
    'article',
    'highlights',
    'document',
    'summary',
    'title',
    'word',
    'pronunciation',
    'phonemes',
    'category',
    'intent',
  ],
  ...['q', 'a', 'utterance', 'argument', 'dialogue', 'comment', 'review', 'sentiment', 'eng', 'kor'],
  ...['en', 'de', 'fr', 'es', 'it', 'ko', 'ja', 'zh', 'ru', 'english', 'german', 'french', 'spanish', 'italian'],
  ...['korean', 'japanese', 'chinese', 'russian', '원문', '번역', '번역문', '질문', '답변', '문장', '한국어', '영어'],
]);

/** What tells apart columns of one kind: `sentence1`, `text_pair`. */
const suffix = /(?:[ _-](?:pair|a|b)|[ _-]?\d)$/;

const nameOf = (cell: string): string => composedName(cell.trim()).toLowerCase();

const isUsual = (name: string): boolean => usualNames.has(name.replace(suffix, ''));

/**
 * Says that the first row of a table counts as data although its cells look like the names of columns.
 *
 * @param cells the cells of the chosen columns.
 * @param where the place of the row: `train.tsv:1`.
 */
export function headerNotes(cells: readonly string[], where: string): string[] {
  // Columns have different names: `a` as the sound of `a` is data.
  const names = cells.map(nameOf);
  if (!names.every(isUsual) || new Set(names).size < names.length) return [];
  const shown = cells.map((cell) => JSON.stringify(cell.trim())).join(', ');
  return [
    `data ${where}: ${shown} counts as data; if the first row is a header, set header: true, otherwise header: false`,
  ];
}
