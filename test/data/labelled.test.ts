import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type LabelledEntry,
  type MultiLabelledEntry,
  readLabelledText,
  readMultiLabelledText,
} from '../../src/data/read/labelled.ts';
import { InputError } from '../../src/io/error.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'labelled-'));
  const reviews = 'id\tdocument\tlabel\n1\t재미 "있다"\t1\n2\t\t0\n3\t별로, 정말 ""\t0\n';
  const files: Record<string, string | Uint8Array> = {
    'reviews.txt': reviews,
    'reviews.txt.gz': gzipSync(reviews),
    'plain.tsv': 'a fine film\t1\ndull\t0\n',
    'intents.csv':
      'text,category\r\n"Where is it, and when?",card\r\n"He said ""no"".\nTwice.",refuse\r\nlast, card \r\n',
    'rows.jsonl': '{"text": "a \\t b", "label": 1}\n{"text": ["one.", "two."], "label": "0", "other": null}\n',
    'pairs.csv': 'a,b,label\nit rains,it is wet,entails\n',
    'many.tsv': 'war and peace\tnovel|history\nblank page\t\nodd\tessay\n',
    'many.jsonl': '{"t": "x", "l": ["b", "a"]}\n{"t": "y", "l": []}\n',
    'unlabelled.tsv': 'x\t1\ny\t \n',
    'wide.csv': 'text,label\na,0\nb,c,1\n',
    'narrow.tsv': 'text\tlabel\na\t0\nb\n',
    'open.csv': 'text,label\na,0\n"b,1\nc,0\n',
    'inside.csv': 'text,label\nhe said "no",1\n',
    'after.csv': 'text,label\n"multi\nline",0\n"no" he said,1\n',
    'twice.tsv': 'label\ttext\tlabel\n0\ta\t1\n',
    'header.tsv': 'text\tlabel\n',
    'torn.jsonl': '{"text": "a", "label": 0}\n{"text": "b" "label": 0}\n',
    'text.json': '{"text": "a", "label": 0}\n"b"\n',
    'fields.jsonl': '{"text": "a", "lable": 0}\n{"text": null, "label": 0}\n',
    'lists.jsonl': '{"text": "a", "label": ["x", "y"]}\n',
    'data.bin': 'a\t0\n',
    'sets.tsv': 'a\tx|y|x\nb\tx||y\n',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
});
afterAll(() => rm(root, { recursive: true }));

const byName = { text: 'text', label: 'label' };
const byNumber = { text: 0, label: 1 };

describe('labelled texts', () => {
  it.each(['reviews.txt', 'reviews.txt.gz'])(
    'come from columns named in the header of %s, quotes verbatim, an empty text kept',
    async (file) => {
      const found = await readLabelledText(root, { file, columns: { text: 'document', label: 'label' } });
      expect(found.texts).toEqual(['재미 "있다"', '', '별로, 정말 ""']);
      expect(found.labels).toEqual(['1', '0', '0']);
      expect(found.where(1)).toBe(`${file}:3`);
    },
  );

  it('come from numbered columns, below a header if there is one', async () => {
    const plain = await readLabelledText(root, { file: 'plain.tsv', columns: byNumber });
    expect([plain.texts, plain.labels]).toEqual([
      ['a fine film', 'dull'],
      ['1', '0'],
    ]);
    const below = await readLabelledText(root, { file: 'reviews.txt', header: true, columns: { text: 1, label: 2 } });
    expect(below.labels).toEqual(['1', '0', '0']);
  });

  it('come from CSV, where a quoted cell holds commas, quotes and newlines', async () => {
    const found = await readLabelledText(root, { file: 'intents.csv', columns: { text: 'text', label: 'category' } });
    expect(found.texts).toEqual(['Where is it, and when?', 'He said "no".\nTwice.', 'last']);
    expect(found.labels).toEqual(['card', 'refuse', 'card']);
    expect([0, 1, 2].map(found.where)).toEqual(['intents.csv:2', 'intents.csv:3', 'intents.csv:5']);
  });

  it('come from JSON lines, a list of sentences as one text', async () => {
    const found = await readLabelledText(root, { file: 'rows.jsonl', columns: byName });
    expect([found.texts, found.labels]).toEqual([
      ['a \t b', 'one. two.'],
      ['1', '0'],
    ]);
    expect(found.where(1)).toBe('rows.jsonl:2');
  });

  it('come from a file of any name when its format is given', async () => {
    const found = await readLabelledText(root, { file: 'data.bin', format: 'tsv', columns: byNumber });
    expect(found.texts).toEqual(['a']);
  });

  it('come in pairs when a second column is given', async () => {
    const columns = { text: 'a', text_pair: 'b', label: 'label' };
    const found = await readLabelledText(root, { file: 'pairs.csv', columns });
    expect([found.texts, found.pairs, found.labels]).toEqual([['it rains'], ['it is wet'], ['entails']]);
  });
});

describe('texts with several labels', () => {
  it('have them between separators; a blank cell is no label', async () => {
    const found = await readMultiLabelledText(root, { file: 'many.tsv', columns: byNumber, label_separator: '|' });
    expect(found.labels).toEqual([['novel', 'history'], [], ['essay']]);
    expect(found.where(2)).toBe('many.tsv:3');
  });

  it('have them in a list of JSON', async () => {
    const found = await readMultiLabelledText(root, { file: 'many.jsonl', columns: { text: 't', label: 'l' } });
    expect(found.labels).toEqual([['b', 'a'], []]);
  });

  it('are refused when a label is blank or occurs twice, or there is no separator', async () => {
    const read = (entry: MultiLabelledEntry) => readMultiLabelledText(root, entry).catch((error) => error.message);
    const message = await read({ file: 'sets.tsv', columns: byNumber, label_separator: '|' });
    expect(message).toContain('data sets.tsv:1: expected different labels, got "x" twice');
    expect(message).toContain('data sets.tsv:2: expected labels, got a blank one among them');
    expect(await read({ file: 'sets.tsv', columns: byNumber, label_separator: '' })).toContain('label_separator must');
  });
});

describe('labelled texts are refused when', () => {
  it.each<[string, LabelledEntry, string]>([
    [
      'a named column is not in the header',
      { file: 'reviews.txt', columns: { text: 'documnt', label: 'label' } },
      'data reviews.txt:1: expected a column "documnt", got the header id, document, label; did you mean "document"?',
    ],
    [
      'a named column is there twice',
      { file: 'twice.tsv', columns: byName },
      'data twice.tsv:1: expected one column "label", got the header label, text, label',
    ],
    [
      'a numbered column is not there',
      { file: 'plain.tsv', columns: { text: 0, label: 2 } },
      'data plain.tsv:1: expected at least 3 tab-separated columns, found 2: "a fine film\\t1"',
    ],
    [
      'a label is blank',
      { file: 'unlabelled.tsv', columns: byNumber },
      'data unlabelled.tsv:2: expected a label, got a blank',
    ],
    [
      'one label is wanted and a list is there',
      { file: 'lists.jsonl', columns: byName },
      'data lists.jsonl:1: expected one label, got a list; for several labels set model.problem_type: multi_label_classification',
    ],
    [
      'a row of CSV is wider than its header, as an unquoted comma makes it',
      { file: 'wide.csv', columns: byName },
      'data wide.csv:3: expected 2 comma-separated columns, as line 1 has, found 3: "b,c,1"',
    ],
    [
      'a row is narrower than the columns need',
      { file: 'narrow.tsv', columns: byName },
      'data narrow.tsv:3: expected at least 2 tab-separated columns, found 1: "b"',
    ],
    [
      'a quote is never closed; the line is where its row begins',
      { file: 'open.csv', columns: byName },
      'data open.csv:3: expected every quoted cell to be closed by ", got the end of the file, in the row "\\"b,1"',
    ],
    [
      'a quote stands inside a cell',
      { file: 'inside.csv', columns: byName },
      'data inside.csv:2: expected quotes only around a whole cell (doubled inside it), got one inside a cell, in the row "he said \\"no\\",1"',
    ],
    [
      'text follows a closing quote, rows of several lines counted',
      { file: 'after.csv', columns: byName },
      'data after.csv:4: expected the delimiter or the end of the line after a closing quote, got more text, in the row "\\"no\\" he said,1"',
    ],
    [
      'there is only a header',
      { file: 'header.tsv', columns: byName },
      'data header.tsv: expected rows below the header, got none',
    ],
    [
      'columns are named and there is no header',
      { file: 'plain.tsv', header: false, columns: byName },
      'data plain.tsv: columns.text must be a number without a header, got "text"',
    ],
    [
      'a column is no count',
      { file: 'plain.tsv', columns: { text: 0, label: 1.5 } },
      'data plain.tsv: columns.label must be an integer ≥ 0, got 1.5',
    ],
    [
      'columns of JSON are numbered',
      { file: 'rows.jsonl', columns: byNumber },
      'data rows.jsonl: columns.text must be the name of a field in JSON lines, got 0',
    ],
    [
      'a line is no JSON; the column is told',
      { file: 'torn.jsonl', columns: byName },
      'data torn.jsonl:2:14: expected',
    ],
    [
      'a line of JSON is no object',
      { file: 'text.json', columns: byName },
      'data text.json:2: expected an object { … } on every line, got "\\"b\\""',
    ],
    [
      'a field is missing or null',
      { file: 'fields.jsonl', columns: byName },
      'data: 2 lines cannot be used:\n' +
        '  data fields.jsonl:1: expected a field "label", got the fields text, lable; did you mean "lable"?\n' +
        '  data fields.jsonl:2: expected a text, a number or a list of texts in "text", got null',
    ],
    [
      'neither the name nor the recipe tells the format',
      { file: 'data.bin', columns: byNumber },
      'data data.bin: expected a name that ends in .csv, .tsv, .txt, .jsonl or .json, or a format (csv, tsv, jsonl), got neither',
    ],
    ['the file is not there', { file: 'no.csv', columns: byName }, 'no.csv: no such file'],
  ])('%s', async (_, entry, told) => {
    const error = await readLabelledText(root, entry).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(told);
  });
});
