import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTagged, type TaggedEntry } from '../../src/data/read/tagged.ts';
import { InputError } from '../../src/io/error.ts';

/** A line of CoNLL-U whose other columns say nothing. */
const row = (id: string, form: string, upos: string, xpos = '_', deprel = '_') =>
  [id, form, '_', upos, xpos, '_', '_', deprel, '_', '_'].join('\t');

const treebank = [
  "# text = I don't.",
  row('1', 'I', 'PRON', 'PRP', 'nsubj'),
  row('2-3', "don't", '_'),
  row('2', 'do', 'AUX', 'VBP', 'aux'),
  row('3', "n't", 'PART', 'RB', 'advmod'),
  row('3.1', 'go', 'VERB', 'VB'),
  row('4', '.', 'PUNCT', '.', 'punct'),
  '',
  '',
  '# text = a b',
  row('1', 'a b', 'X', 'NN', 'root'),
  '',
].join('\n');

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tagged-'));
  const files: Record<string, string | Uint8Array> = {
    'a.conllu': treebank,
    'a.conllu.gz': gzipSync(treebank),
    'words.conllu': `${row('7', 'a', 'X')}\n${row('7', 'b', 'Y')}\n`,
    'gap.conllu': `${row('1', 'a', 'X')}\n${row('3', 'b', 'X')}\n`,
    'twice.conllu': `${row('1', 'a', 'X')}\n\n${row('1', 'b', 'X')}\n${row('1', 'c', 'X')}\n`,
    'word.conllu': `${row('a', 'a', 'X')}\n`,
    'range.conllu': `${row('1-', 'a', 'X')}\n`,
    'narrow.conllu': `${row('1', 'a', 'X')}\n2\tb\tX\n`,
    'wide.conllu': `${row('1', 'a', 'X')}\tmore\n`,
    'untagged.conllu': `${row('1', 'a', '_')}\n`,
    'wordless.conllu': `${row('1', '', 'X')}\n`,
    'comments.conllu': '# nothing\n\n# here\n',
    'chars.tsv': '## 컬럼명 : CHAR\tNE_TAG\n## guid-0\t<박:PS>\n박\tB-PS\n \tO\n#\tO\n\n## guid-1\n가\tO\r\n',
    'conll2003.txt': '-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n\nPeter NNP B-NP B-PER \n',
    'few.tsv': '가\tO\n나\n',
    'unequal.txt': 'EU NNP B-ORG\nrejects O\n',
    'tagless.tsv': '가\tO\n나\t \n',
    'hollow.tsv': '가\tO\n \t \n나\tO\n',
    'blank.tsv': '\tO\n',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
});
afterAll(() => rm(root, { recursive: true }));

it('has no place for a sentence or a word that is not there', async () => {
  const { where, sentences } = await readTagged(root, { file: 'a.conllu' });
  expect(() => where(sentences.length)).toThrow(
    new RangeError(`data a.conllu: there is no word 0 of sentence ${sentences.length}`),
  );
  expect(() => where(0, 4)).toThrow(new RangeError('data a.conllu: there is no word 4 of sentence 0'));
});

describe('tagged sentences of CoNLL-U', () => {
  it.each(['a.conllu', 'a.conllu.gz'])(
    'come from %s without comments, contractions and words that are not written',
    async (file) => {
      const { sentences, where } = await readTagged(root, { file });
      expect(sentences).toMatchObject([
        { words: ['I', 'do', "n't", '.'], tags: ['PRON', 'AUX', 'PART', 'PUNCT'] },
        { words: ['a b'], tags: ['X'] },
      ]);
      expect([where(0), where(0, 1), where(1)]).toEqual([`${file}:2`, `${file}:4`, `${file}:11`]);
    },
  );

  it.each([
    ['xpos', ['PRP', 'VBP', 'RB', '.']],
    ['deprel', ['nsubj', 'aux', 'advmod', 'punct']],
    ['feats', ['_', '_', '_', '_']],
  ] as const)('have their tags in the column %s when asked', async (tag, tags) => {
    expect((await readTagged(root, { file: 'a.conllu', columns: { tag } })).sentences[0].tags).toEqual(tags);
  });
});

describe('tagged sentences of a token a line', () => {
  it('have blanks as tokens between tabs; comments may hold tabs, and `#` is a token', async () => {
    const { sentences, where } = await readTagged(root, { file: 'chars.tsv' });
    expect(sentences).toMatchObject([
      { words: ['박', ' ', '#'], tags: ['B-PS', 'O', 'O'] },
      { words: ['가'], tags: ['O'] },
    ]);
    expect([where(0, 1), where(1)]).toEqual(['chars.tsv:4', 'chars.tsv:8']);
  });

  it('have columns between blanks, chosen by number', async () => {
    const { sentences } = await readTagged(root, { file: 'conll2003.txt', columns: { word: 0, tag: 3 } });
    expect(sentences).toMatchObject([
      { words: ['EU', 'rejects'], tags: ['B-ORG', 'O'] },
      { words: ['Peter'], tags: ['B-PER'] },
    ]);
  });

  it('are read from a file of any name when the format is given', async () => {
    const entry: TaggedEntry = { file: 'words.conllu', format: 'conll', columns: { word: 1, tag: 3 } };
    expect((await readTagged(root, entry)).sentences).toMatchObject([{ words: ['a', 'b'], tags: ['X', 'Y'] }]);
  });
});

describe('comments and words of a token a line', () => {
  const read = async (name: string, lines: readonly string[], entry: object = {}) => {
    await writeFile(join(root, name), `${lines.join('\n')}\n`);
    const { sentences, notes } = await readTagged(root, { file: name, ...entry });
    return { words: sentences.map(({ words }) => words.join('|')), notes };
  };

  it('are distinguished in a file with tabs: `# ` without a tab is a comment, what has a tab is a word', async () => {
    const lines = [
      '# newdoc id = a',
      '##ing\tX',
      '#\tSYM',
      '# \tSYM',
      '# 1\tX',
      '',
      '# a comment',
      'a\tX',
      '# more',
      'b\tX',
    ];
    expect(await read('tabs.tsv', lines)).toEqual({
      words: ['##ing|#|# |# 1', 'a|b'],
      notes: ['data tabs.tsv: 3 comments skipped'],
    });
  });

  it('are distinguished in a file with blanks, where `# # B-NP` is a word, as CoNLL-2000 has it', async () => {
    const lines = ['# # B-NP', 'a DT B-NP', '## NN I-NP', '', 'b DT B-NP'];
    expect(await read('blanks.txt', lines, { columns: { word: 0, tag: 2 } })).toEqual({
      words: ['#|a|##', 'b'],
      notes: [],
    });
  });

  it('`## ` begins a comment before the first word of a sentence only, as in KLUE', async () => {
    const lines = ['## guid-0\t<a:PS> b', 'a\tB-PS', '## \tO', '', '', '## guid-1', 'c\tO'];
    expect(await read('klue.tsv', lines)).toEqual({
      words: ['a|## ', 'c'],
      notes: ['data klue.tsv: 2 comments skipped'],
    });
  });

  it('`-DOCSTART-` is a comment that ends a sentence, and a longer word is not', async () => {
    const lines = ['-DOCSTART- -X- O', '', 'a DT O', '-DOCSTART- -X- O', 'b DT O', '-DOCSTART-s NN O'];
    expect(await read('documents.txt', lines, { columns: { word: 0, tag: 2 } })).toEqual({
      words: ['a', 'b|-DOCSTART-s'],
      notes: ['data documents.txt: 2 comments skipped'],
    });
  });

  it.each(['', ' ', '\t', '\t\t'])('a line of %j stands between sentences', async (line) => {
    expect(await read('between.tsv', ['a\tO', line, 'b\tO'])).toEqual({ words: ['a', 'b'], notes: [] });
  });

  it('a line without a tab among lines with tabs is not split at its blanks', async () => {
    await expect(read('mixed.tsv', ['a\tO', 'New York'])).rejects.toThrow(
      'data mixed.tsv:2: expected at least 2 columns, found 1: "New York"',
    );
  });

  it('every line of CoNLL-U that begins with `#` is a comment; what else is skipped is counted too', async () => {
    const { notes } = await readTagged(root, { file: 'a.conllu' });
    expect(notes).toEqual([
      'data a.conllu: 2 comments skipped',
      'data a.conllu: 1 multiword range skipped',
      'data a.conllu: 1 empty node skipped',
    ]);
    const lines = ['#no blank', '# newdoc', row('1', '#', 'SYM'), '#\tin between', row('2', '##ing', 'X')];
    expect(await read('hashes.conllu', lines)).toEqual({
      words: ['#|##ing'],
      notes: ['data hashes.conllu: 3 comments skipped'],
    });
  });
});

describe('tagged sentences are refused when', () => {
  it.each<[string, TaggedEntry, string]>([
    ['an id is left out', { file: 'gap.conllu' }, 'data gap.conllu:2: expected the id 2, got "3"'],
    ['an id stands twice', { file: 'twice.conllu' }, 'data twice.conllu:4: expected the id 2, got "1"'],
    ['an id is no number', { file: 'word.conllu' }, 'data word.conllu:1: expected the id 1, got "a"'],
    ['a range of ids is torn', { file: 'range.conllu' }, 'data range.conllu:1: expected the id 1, got "1-"'],
    [
      'a line has too few columns',
      { file: 'narrow.conllu' },
      'data narrow.conllu:2: expected 10 tab-separated columns, found 3: "2\\tb\\tX"',
    ],
    [
      'a line has too many columns',
      { file: 'wide.conllu' },
      'data wide.conllu:1: expected 10 tab-separated columns, found 11',
    ],
    [
      'a word has no tag',
      { file: 'untagged.conllu' },
      'data untagged.conllu:1: expected a tag in the column upos of "a", got "_"',
    ],
    [
      'a tag has no word',
      { file: 'wordless.conllu' },
      'data wordless.conllu:1: expected a word in the column form, got none',
    ],
    ['there are only comments', { file: 'comments.conllu' }, 'data comments.conllu: expected sentences, got none'],
    [
      'the column has another name',
      { file: 'a.conllu', columns: { tag: 'upso' as 'upos' } },
      'must be one of id, form, lemma, upos, xpos, feats, head, deprel, deps, misc, got "upso"; did you mean "upos"?',
    ],
    [
      'the columns of CoNLL-U are numbered',
      { file: 'a.conllu', columns: { word: 1, tag: 3 } },
      'data a.conllu: columns of CoNLL-U must have the field tag only, got {"word":1,"tag":3}',
    ],
    [
      'a column is no count',
      { file: 'chars.tsv', columns: { word: 0, tag: -1 } },
      'data chars.tsv: columns.tag must be an integer ≥ 0, got -1',
    ],
    [
      'a column is word and tag',
      { file: 'chars.tsv', columns: { word: 1, tag: 1 } },
      'data chars.tsv: columns.word and columns.tag must be different, got 1 twice',
    ],
    [
      'the tags of CoNLL-U are the words',
      { file: 'a.conllu', columns: { tag: 'form' } },
      'data a.conllu: columns.tag must not be the column of the words, got "form"',
    ],
    ['a token has no tag column', { file: 'few.tsv' }, 'data few.tsv:2: expected at least 2 columns, found 1: "나"'],
    [
      'the lines have different numbers of columns',
      { file: 'unequal.txt' },
      'data unequal.txt:2: expected 3 columns, as line 1 has, found 2: "rejects O"',
    ],
    ['a tag is blank', { file: 'tagless.tsv' }, 'data tagless.tsv:2: expected a tag in column 1, got none: "나\\t "'],
    ['a blank has no tag', { file: 'hollow.tsv' }, 'data hollow.tsv:2: expected a tag in column 1, got none: " \\t "'],
    ['a word is empty', { file: 'blank.tsv' }, 'data blank.tsv:1: expected a word in column 0, got none: "\\tO"'],
  ])('%s', async (_, entry, told) => {
    const error = await readTagged(root, entry).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(told);
  });
});
