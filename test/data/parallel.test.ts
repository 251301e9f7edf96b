import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ParallelEntry, readParallel } from '../../src/data/read/parallel.ts';
import { InputError } from '../../src/io/error.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'parallel-'));
  const files: Record<string, string | Uint8Array> = {
    'a.en': 'one\ntwo\nthree\n',
    'a.ko': '하나\n둘\n셋\n',
    'a.en.gz': gzipSync('one\ntwo\nthree\n'),
    'short.ko': '하나\n둘\n',
    'blank.ko': '하나\n \n셋\n',
    'empty.ko': '',
    'pairs.tsv': 'one\t하나\tby A\ntwo\t둘\tby B\n',
    'headed.tsv': 'Source \tKO\none\t하나\n',
    'short.csv': 'Q,A\n안녕,안녕하세요\n',
    'sounds.csv': 'A,a\n가,ga\n',
    'headed.csv': 'note,sentence1,sentence_b\n,one,하나\n',
    'word.tsv': 'answer\t대답\none\t하나\n',
    'torn.tsv': 'one\t하나\ntwo 둘\n',
    'worse.tsv': 'x\n'.repeat(9),
    'chat.csv': 'Q,A,label\n"안녕, 뭐해",공부해요.,0\n',
    'short.jsonl': '{"source": ["One.", "Two."], "target": ["both"], "title": "T"}\n',
    'several.jsonl': '{"source": "x", "target": ["a", "b"]}\n',
    'sounds.tsv.gz': gzipSync('가곡\tk a̠ ɡ o̞ k̚\n'),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
});
afterAll(() => rm(root, { recursive: true }));

async function refusal(entry: ParallelEntry): Promise<string> {
  const error = await readParallel(root, entry).catch((e) => e);
  expect(error).toBeInstanceOf(InputError);
  return error.message;
}

describe('a header that counts as a pair', () => {
  const notesOf = async (entry: ParallelEntry) => (await readParallel(root, entry)).notes;
  const remedy = 'counts as data; if the first row is a header, set header: true, otherwise header: false';

  it('is named with its line, if all of its cells are usual names of columns', async () => {
    const numbered = { file: 'headed.tsv', columns: { source: 0, target: 1 } };
    expect(await notesOf(numbered)).toEqual([`data headed.tsv:1: "Source", "KO" ${remedy}`]);
    const short = { file: 'short.csv', columns: { source: 0, target: 1 } };
    expect(await notesOf(short)).toEqual([`data short.csv:1: "Q", "A" ${remedy}`]);
    expect(await notesOf({ ...short, file: 'sounds.csv' })).toEqual([]);
    const other = { file: 'headed.csv', columns: { source: 1, target: 2 } };
    expect(await notesOf(other)).toEqual([`data headed.csv:1: "sentence1", "sentence_b" ${remedy}`]);
    expect(await notesOf({ ...numbered, file: 'word.tsv' })).toEqual([]);
  });

  it('needs no note if the recipe says whether there is a header', async () => {
    const columns = { source: 0, target: 1 };
    for (const header of [true, false]) expect(await notesOf({ file: 'headed.tsv', columns, header })).toEqual([]);
    expect(await notesOf({ file: 'headed.tsv', columns: { source: 'Source', target: 1 } })).toEqual([]);
  });
});

describe('parallel text', () => {
  it('comes from two files, line by line, one of them packed', async () => {
    const text = await readParallel(root, { source: 'a.en.gz', target: 'a.ko' });
    expect([text.source, text.target]).toEqual([
      ['one', 'two', 'three'],
      ['하나', '둘', '셋'],
    ]);
    expect(text.origin(1)).toBe('a.en.gz:2');
  });

  it.each<[string, ParallelEntry]>([
    ['a.en', { source: 'a.en', target: 'a.ko' }],
    ['pairs.tsv', { file: 'pairs.tsv', columns: { source: 0, target: 1 } }],
  ])('of %s has no place for a pair that is not there', async (file, entry) => {
    const text = await readParallel(root, entry);
    for (const index of [-1, text.source.length, 0.5])
      expect(() => text.origin(index)).toThrow(new RangeError(`data ${file}: there is no example ${index}`));
  });

  it('comes from two columns of one file, in either order', async () => {
    const text = await readParallel(root, { file: 'pairs.tsv', columns: { source: 1, target: 0 } });
    expect([text.source, text.target]).toEqual([
      ['하나', '둘'],
      ['one', 'two'],
    ]);
    expect(text.origin(0)).toBe('pairs.tsv:1');
  });

  it.each<[string, ParallelEntry, string, string]>([
    ['named columns of CSV', { file: 'chat.csv', columns: { source: 'Q', target: 'A' } }, '안녕, 뭐해', '공부해요.'],
    ['words and their sounds', { file: 'sounds.tsv.gz', columns: { source: 0, target: 1 } }, '가곡', 'k a̠ ɡ o̞ k̚'],
    [
      'fields of JSON lines, a list of sentences as one text',
      { file: 'short.jsonl', columns: { source: 'source', target: 'target' } },
      'One. Two.',
      'both',
    ],
  ])('comes from %s', async (_, entry, source, target) => {
    const text = await readParallel(root, entry);
    expect([text.source, text.target]).toEqual([[source], [target]]);
  });
});

describe('blank lines of parallel files', () => {
  const read = async (source: string, target: string) => {
    await writeFile(join(root, 'x.source'), source);
    await writeFile(join(root, 'x.target'), target);
    const text = await readParallel(root, { source: 'x.source', target: 'x.target' });
    return { pairs: text.source.map((one, i) => `${one}=${text.target[i]} ${text.origin(i)}`), notes: text.notes };
  };

  it.each([
    ['one', 'a\nb\n\n', '1\n2\n'],
    ['the other', 'a\nb\n', '1\n2\n \n'],
    ['both', 'a\nb\n\n', '1\n2\n\n'],
  ])('at the end of %s are ignored', async (_, source, target) => {
    expect(await read(source, target)).toEqual({ pairs: ['a=1 x.source:1', 'b=2 x.source:2'], notes: [] });
  });

  it('in both files are skipped and counted', async () => {
    expect(await read('a\n\nb\n', '1\n \n2\n')).toEqual({
      pairs: ['a=1 x.source:1', 'b=2 x.source:3'],
      notes: ['data x.source and x.target: 1 blank line skipped'],
    });
  });

  it('in one file only are refused', async () => {
    await expect(read('a\n\nb\n', '1\n2\n3\n')).rejects.toThrow(
      'data x.source:2: expected text on both sides, got a blank source',
    );
    await expect(read('a\nb\n\n', '1\n2\n3\n')).rejects.toThrow('data x.source:3: expected text on both sides');
  });
});

describe('parallel text is refused when', () => {
  it('the files differ in length; both counts are named', async () => {
    expect(await refusal({ source: 'a.en', target: 'short.ko' })).toBe(
      'data a.en and short.ko: expected the same number of lines, got 3 in a.en and 2 in short.ko',
    );
  });
  it('a line has too few columns', async () => {
    expect(await refusal({ file: 'torn.tsv', columns: { source: 0, target: 1 } })).toBe(
      'data torn.tsv:2: expected at least 2 tab-separated columns, found 1: "two 둘"',
    );
  });
  it('many lines have too few columns; five are shown and the rest counted', async () => {
    const message = await refusal({ file: 'worse.tsv', columns: { source: 0, target: 1 } });
    expect(message).toContain('data: 9 lines cannot be used');
    expect(message.match(/worse\.tsv:/g)).toHaveLength(5);
    expect(message).toContain('and 4 more');
  });
  it('a column is not a count', async () => {
    expect(await refusal({ file: 'pairs.tsv', columns: { source: 0, target: -1 } })).toBe(
      'data pairs.tsv: columns.target must be an integer ≥ 0, got -1',
    );
  });
  it('a target has several texts', async () => {
    expect(await refusal({ file: 'several.jsonl', columns: { source: 'source', target: 'target' } })).toBe(
      'data several.jsonl:1: expected one target text, got a list of 2',
    );
  });
  it('one side is blank', async () => {
    expect(await refusal({ source: 'a.en', target: 'blank.ko' })).toBe(
      'data a.en:2: expected text on both sides, got a blank target',
    );
  });
  it('a file is empty or missing', async () => {
    expect(await refusal({ source: 'a.en', target: 'empty.ko' })).toContain(
      'empty.ko: expected lines of text, got an empty',
    );
    expect(await refusal({ source: 'a.en', target: 'no.ko' })).toContain('no.ko: no such file');
  });
});
