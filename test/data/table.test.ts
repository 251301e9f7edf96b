/** How tables are read, whatever they hold: labelled texts here. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/data/read/csv.ts';
import { type LabelledEntry, readLabelledText, readMultiLabelledText } from '../../src/data/read/labelled.ts';
import { InputError } from '../../src/io/error.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'table-'));
});
afterAll(() => rm(root, { recursive: true }));

const byName = { text: 'text', label: 'label' };
const byNumber = { text: 0, label: 1 };

/** Reads a file that is written first. */
async function given(file: string, content: string, entry: Partial<LabelledEntry> = {}) {
  await writeFile(join(root, file), content);
  const { texts, labels, notes, where } = await readLabelledText(root, { file, columns: byNumber, ...entry });
  return { texts, labels, notes, last: where(texts.length - 1) };
}

describe('numbers of JSON as labels', () => {
  it('keep their digits, however many, and their form', async () => {
    const numbers = ['1234567890123456781', '1234567890123456782', '1e400', '-0', '0', '1', '1.0', '0.10', 'true'];
    const { labels } = await given(
      'numbers.jsonl',
      numbers.map((number) => `{"text": "a", "label": ${number}}\n`).join(''),
      { columns: byName },
    );
    expect(labels).toEqual(numbers);
  });

  it('are exactly what the file contains', async () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,20})?([eE][-+]?\d{1,3})?$/);
    await fc.assert(
      fc.asyncProperty(fc.array(digits, { minLength: 1, maxLength: 5 }), async (numbers) => {
        const lines = numbers.map((number) => `{ "label" :${number} , "text":"a"}`).join('\n');
        expect((await given('any.jsonl', lines, { columns: byName })).labels).toEqual(numbers);
      }),
      { numRuns: 50 },
    );
  });
});

describe('names and labels that objects of JavaScript have', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];

  it.each(names)('%s is a column and a label like any other', async (name) => {
    const columns = { text: name, label: 'label' };
    const line = `{"${name}": "a ${name}", "label": "${name}"}\n`;
    const table = `label\t${name}\n${name}\ta ${name}\n`;
    for (const [file, content] of [
      ['names.jsonl', line],
      ['names.tsv', table],
      ['names.csv', table.replaceAll('\t', ',')],
    ]) {
      expect(await given(file, content, { columns })).toMatchObject({ texts: [`a ${name}`], labels: [name] });
    }
  });

  it.each(names)('%s is missed where there is no such column', async (name) => {
    const columns = { text: name, label: 'label' };
    await expect(given('none.jsonl', '{"text": "a", "label": "b"}', { columns })).rejects.toThrow(
      `data none.jsonl:1: expected a field "${name}", got the fields text, label`,
    );
    await expect(given('none.csv', 'text,label\na,b', { columns })).rejects.toThrow(
      `data none.csv:1: expected a column "${name}", got the header text, label`,
    );
  });
});

describe('names of columns', () => {
  const [composed, decomposed] = (['NFC', 'NFD'] as const).map((form) =>
    ['글', '라벨', 'é'].map((name) => name.normalize(form)),
  );
  const rows = { texts: ['a'], labels: ['x'] };
  const forms: [string, string[], string[]][] = [
    ['decomposed, and asked for composed', decomposed, composed],
    ['composed, and asked for decomposed', composed, decomposed],
  ];

  it.each(forms)('are found in a header where they are %s', async (_, [text, label, other], wanted) => {
    const columns = { text: wanted[0], label: wanted[1] };
    expect(await given('form.csv', `${text},${other},${label}\na,b,x\n`, { columns })).toMatchObject(rows);
    expect(await given('form.tsv', `${text}\t${label}\na\tx\n`, { columns })).toMatchObject(rows);
  });

  it.each(forms)('are found in JSON where they are %s', async (_, [text, label], wanted) => {
    const columns = { text: wanted[0], label: wanted[1] };
    expect(await given('form.jsonl', JSON.stringify({ [text]: 'a', [label]: 'x' }), { columns })).toMatchObject(rows);
  });

  it('are refused where one has two roles', async () => {
    const refused = (file: string, columns: LabelledEntry['columns']) =>
      expect(given(file, 'a,x\n', { columns })).rejects.toThrow(
        `data ${file}: columns.text and columns.label must be different, got ${JSON.stringify(columns.label)} twice`,
      );
    await refused('same.csv', { text: 1, label: 1 });
    await refused('same.jsonl', { text: composed[2], label: decomposed[2] });
  });

  it('are refused where two differ only in their Unicode form', async () => {
    const columns = { text: composed[0], label: composed[1] };
    const names = [composed[0], decomposed[0], composed[1]];
    await expect(given('both.csv', `${names.join(',')}\na,b,x\n`, { columns })).rejects.toThrow(
      /both\.csv:1: expected one column "글", got the header/,
    );
    const object = JSON.stringify(Object.fromEntries(names.map((name) => [name, 'a'])));
    await expect(given('both.jsonl', object, { columns })).rejects.toThrow(
      /both\.jsonl:1: expected one field "글", got several that differ only in Unicode form/,
    );
  });
});

describe('half of a character, which JSON can write', () => {
  it('becomes U+FFFD, and how many is noted; pairs stay', async () => {
    const line = String.raw`{"text": "\ud83d film \udc00\ud83d\ude00", "label": "\ud83d\ude00\ude00"}`;
    expect(await given('halves.jsonl', `${line}\n${line}\n`, { columns: byName })).toMatchObject({
      texts: Array(2).fill('\ufffd film \ufffd\u{1f600}'),
      labels: Array(2).fill('\u{1f600}\ufffd'),
      notes: ['data halves.jsonl: 6 lone surrogates replaced by U+FFFD'],
    });
  });

  it('is replaced in lists too', async () => {
    await writeFile(join(root, 'lists.json'), String.raw`{"t": ["\ud83d", "a"], "l": ["\udc00"]}`);
    const found = await readMultiLabelledText(root, { file: 'lists.json', columns: { text: 't', label: 'l' } });
    expect(found).toMatchObject({
      texts: ['\ufffd a'],
      labels: [['\ufffd']],
      notes: ['data lists.json: 2 lone surrogates replaced by U+FFFD'],
    });
  });
});

describe('blank lines of a table', () => {
  it.each([
    ['tsv', 'text\tlabel\na\t0\nb\t1\n'],
    ['csv', 'text,label\r\na,0\r\nb,1\r\n'],
    ['jsonl', '{"text": "a", "label": 0}\n{"text": "b", "label": 1}\n'],
  ])('of .%s at the end are nothing, and between rows are skipped and counted', async (ending, content) => {
    const read = (text: string) => given(`blanks.${ending}`, text, { columns: byName });
    const plain = await read(content);
    expect(plain).toMatchObject({ texts: ['a', 'b'], labels: ['0', '1'], notes: [] });
    expect(await read(`${content}\n`)).toEqual(plain);
    expect(await read(`${content} \n\n`)).toEqual(plain);
    const [end] = content.match(/\r?\n/) ?? [];
    const rows = content.split(/\r?\n/);
    const between = await read(['', ...rows.slice(0, -2), '', ' ', rows.at(-2)].join(end));
    expect(between).toMatchObject({
      ...plain,
      notes: [`data blanks.${ending}: 3 blank lines skipped`],
      last: `blanks.${ending}:${rows.length + 2}`,
    });
  });

  it('are a cell if they are quoted', async () => {
    const { texts, notes } = await given('quoted.csv', 'text,label\n"a\n\nb",0\n', { columns: byName });
    expect([texts, notes]).toEqual([['a\n\nb'], []]);
  });
});

describe('a table of many blank or uneven rows', () => {
  it('is read or refused as fast as any', async () => {
    const blanks = await given('many.csv', `text,label\n${'\n'.repeat(200_000)}a,0\n`, { columns: byName });
    expect(blanks).toMatchObject({ texts: ['a'], last: 'many.csv:200002' });
    await expect(given('uneven.csv', `text,label\n${'a\n'.repeat(200_000)}`)).rejects.toThrow(InputError);
    // With a parser that makes an error of each such row, each takes twenty seconds.
  }, 10_000);

  it('has the rows that a parser of the whole text finds', () => {
    const cell = fc.constantFrom('a', '', ' ', '"b"', '"c,d"', '"e\nf"', '"g""h"', '"\n\n"', '한');
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(table, (rows) => {
        const text = rows.map((row) => row.join(',')).join('\n');
        const whole = parse(`${text}\n`, { relax_column_count: true, record_delimiter: '\n' });
        expect(parseCsv(text.split('\n'), 'a.csv').map(({ cells }) => cells)).toEqual(whole);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});

describe('a carriage return within a line of CSV', () => {
  it('is not a line end: rows are identified by the line on which they begin', async () => {
    const rows = ['"a\rb",x', '"c\nd\re\nf",y', 'g,z', 'h'];
    await expect(given('returns.csv', `${rows.join('\n')}\n`)).rejects.toThrow(
      /^data returns\.csv:6: expected at least 2 comma-separated columns, found 1: "h"$/,
    );
    expect((await given('returns.csv', `${rows.slice(0, 3).join('\n')}\n`)).last).toBe('returns.csv:5');
  });

  it('gives a row of another width where it is meant as a line end', async () => {
    await expect(given('mixed.csv', 'x,a\ry,b\nz,c\n')).rejects.toThrow(
      /mixed\.csv:2: expected 3 comma-separated columns, as line 1 has, found 2: "z,c"/,
    );
  });
});

describe('a delimiter of its own', () => {
  it.each([
    ['semicolons.csv', ';', 'text;label\n"a; ""b"", c";0\nd, e;1\n', ['a; "b", c', 'd, e']],
    ['bars.tsv', ' ||| ', 'text ||| label\n"a ||| 0\nb\tc ||| 1\n', ['"a', 'b\tc']],
    ['tabs.csv', '\t', 'text\tlabel\n"a\tb"\t0\n', ['a\tb']],
  ])('cuts %s at %j', async (file, delimiter, content, texts) => {
    const found = await given(file, content, { columns: byName, delimiter });
    expect([found.texts, found.labels]).toEqual([texts, ['0', '1'].slice(0, texts.length)]);
  });

  it.each([
    ['a.jsonl', ';', 'delimiter must be left out for JSON lines, got ";"'],
    ['a.csv', '"', 'delimiter must be a text without quotes or newlines, got "\\""'],
    ['a.csv', '', 'delimiter must be a text without quotes or newlines, got ""'],
    ['a.tsv', '\n', 'delimiter must be a text without quotes or newlines, got "\\n"'],
  ])('of %s cannot be %j', async (file, delimiter, told) => {
    await expect(given(file, 'text\n', { columns: byName, delimiter })).rejects.toThrow(`data ${file}: ${told}`);
  });
});

it('JSON lines have no header', async () => {
  const entry = { columns: byName, header: true };
  await expect(given('a.jsonl', '{"text": "a", "label": 0}', entry)).rejects.toThrow(
    'data a.jsonl: header must be left out for JSON lines, got true',
  );
});

describe('a table of another form is one error, which says what to do, when', () => {
  it.each<[string, string, string, Partial<LabelledEntry>, string]>([
    [
      'semicolons stand between its columns',
      'a.csv',
      `text;label\n${'a;0\n'.repeat(9)}`,
      { columns: byName },
      'data a.csv:1: expected comma-separated columns, got one: "text;label"; if they are separated by ";", set delimiter: ";"',
    ],
    [
      'semicolons stand between its columns, which have no names',
      'a.csv',
      'a;0\nb;1\n',
      {},
      'data a.csv:1: expected comma-separated columns, got one: "a;0"; if they are separated by ";", set delimiter: ";"',
    ],
    [
      'commas stand where tabs should',
      'a.tsv',
      'text,label\na,0\n',
      { columns: byName },
      'data a.tsv:1: expected tab-separated columns, got one: "text,label"; if they are separated by ",", set delimiter: ","',
    ],
    [
      'tabs stand where commas should',
      'a.csv',
      'text\tlabel\na\t0\n',
      {},
      'data a.csv:1: expected comma-separated columns, got one: "text\\tlabel"; if they are separated by "\\t", set delimiter: "\\t"',
    ],
    [
      'its JSON is a list over several lines',
      'a.json',
      '[\n  {\n    "text": "a"\n  }\n]\n',
      { columns: byName },
      "data a.json:1: expected a JSON object on every line, got a list; write one item per line, for example with: jq -c '.[]'",
    ],
    [
      'its JSON is a list on one line',
      'a.json',
      '\n[{"text": "a"}]\n',
      { columns: byName },
      "data a.json:2: expected a JSON object on every line, got a list; write one item per line, for example with: jq -c '.[]'",
    ],
    [
      'its JSON objects go over several lines',
      'a.jsonl',
      '{\n  "text": "a",\n  "label": 0\n}\n',
      { columns: byName },
      'data a.jsonl:1: expected a JSON object on every line, got one over several lines; write one object per line, for example with: jq -c .',
    ],
    [
      'its JSON is one object with a list of rows',
      'a.json',
      '{"data": [\n  {"text": "a", "label": 0}\n]}\n',
      { columns: byName },
      'data a.json:1: expected a JSON object on every line, got one over several lines; write one object per line, for example with: jq -c .',
    ],
    [
      'its rows have lists of labels',
      'a.jsonl',
      '{"text": "a", "label": "x"}\n'.concat('{"text": "a", "label": ["x", "y"]}\n'.repeat(9)),
      { columns: byName },
      'data a.jsonl:2: expected one label, got a list, as in 8 more rows; for several labels set model.problem_type: multi_label_classification',
    ],
  ])('%s', async (_, file, content, entry, told) => {
    const error = await given(file, content, entry).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toBe(told);
  });
});
