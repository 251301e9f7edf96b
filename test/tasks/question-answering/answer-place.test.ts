/** Answers among blanks, from a file to the tokens that are trained and back to a text. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readQuestions } from '../../../src/data/read/question.ts';
import { diskFolder } from '../../../src/io/disk-folder.ts';
import { firstOf } from '../../../src/io/item-at.ts';
import { loadTokenizers } from '../../../src/tasks/folder/tokenizer-folder.ts';
import { spanText } from '../../../src/tasks/question-answering/answer-place.ts';
import { encodeQuestions } from '../../../src/tasks/question-answering/question-set.ts';
import { temporaryFolder } from '../model-folder.ts';

const folder = diskFolder(fileURLToPath(new URL('../../golden/tokenizers/roberta', import.meta.url)));
const context = '😀 Ann  flew   to    Rome.';
const place = [...context].indexOf('R');

test.each([
  ['with blanks around it', '  Rome', place - 2],
  ['whose place is the blank before it', 'Rome', place - 1],
  ['whose place is right', 'Rome', place],
])('an answer %s is trained and found without them', async (_, text, start) => {
  const root = await temporaryFolder();
  try {
    const row = { question: 'Where?', context, answers: { text: [text], answer_start: [start] } };
    await writeFile(join(root, 'one.jsonl'), JSON.stringify(row));
    const read = await readQuestions(root, { file: 'one.jsonl' }, { version_2_with_negative: false });
    const { source: tokenizer } = await loadTokenizers(folder);
    const windows = { max_length: 64, doc_stride: 8 };
    const { rows, contexts, questions } = encodeQuestions(read, tokenizer, windows);
    const { label, ids, first } = firstOf(rows, 'a window');
    const tokens = firstOf(contexts, 'a context');
    const written = tokenizer.tokens(ids.slice(label.start, label.end + 1)).join('');
    expect(written.replace(/^Ġ/, '')).toBe('Rome');
    expect(tokenizer.tokens([ids[label.start - 1] ?? 0])).toEqual([expect.stringMatching(/^Ġ+$/)]);
    const span = { start: label.start - first, end: label.end - first };
    expect(spanText(context, tokens, span)).toBe('Rome');
    expect(spanText(context, tokens, { ...span, start: span.start - 1 })).toBe('Rome');
    expect(firstOf(questions, 'a question').answers).toEqual([{ text: 'Rome', start: place }]);
  } finally {
    await rm(root, { recursive: true });
  }
});
