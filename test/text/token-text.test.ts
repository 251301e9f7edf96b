/** What each token of a text stands for, as people read it. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';
import type { TokenizerJson } from '../../src/text/tokenizer-json.ts';
import { trainBpe } from '../../src/text/train/bpe.ts';
import { trainUnits } from '../../src/text/train/unit.ts';

const golden = (name: string): Tokenizer => {
  const read = (file: string) =>
    JSON.parse(readFileSync(new URL(`../golden/tokenizers/${name}/${file}.json`, import.meta.url), 'utf8'));
  // Without it what is decoded is the text as it was, blanks before full stops included.
  return loadTokenizer(read('tokenizer'), { ...read('tokenizer_config'), clean_up_tokenization_spaces: false });
};
const made = ({ json, config }: ReturnType<typeof trainBpe>): Tokenizer => loadTokenizer(json, config);

const corpus = ['오늘은 학교에 간다', '오늘 비가 온다', 'the loom lifts the thread', 'the loom'];
const tokenizers: Readonly<Record<string, Tokenizer>> = {
  'byte-level BPE': made(trainBpe(corpus, { vocab_size: 275, byte_level: true })),
  'byte-level BPE of bytes alone': made(trainBpe(corpus, { vocab_size: 259, byte_level: true })),
  'character BPE': made(trainBpe(corpus, { vocab_size: 60 })),
  'lower-cased character BPE': made(trainBpe(corpus, { vocab_size: 60, lowercase: true })),
  'byte-level BPE of running text': made(
    trainBpe(corpus, { vocab_size: 275, byte_level: true, add_prefix_space: false }),
  ),
  'character BPE of running text': made(trainBpe(corpus, { vocab_size: 60, add_prefix_space: false })),
  characters: made(trainUnits(corpus, { kind: 'char', vocab_size: 60 })),
  words: made(trainUnits(corpus, { kind: 'word', vocab_size: 60 })),
  'GPT-2': golden('gpt2'),
  RoBERTa: golden('roberta'),
};
const of = (name: string, text: string) => {
  const tokenizer = tokenizers[name];
  return tokenizer.tokenTexts(tokenizer.encode(text));
};
const labels = (name: string, text: string) => of(name, text).map(({ label }) => label);

describe('the label of a token', () => {
  it('is Korean where the token is, and numbers the pieces of a character', () => {
    expect(labels('byte-level BPE', '오늘은 the loom')).toEqual([
      '오늘',
      '은(1/3)',
      '은(2/3)',
      '은(3/3)',
      '·the',
      '·loom',
      '</s>',
    ]);
    expect(labels('byte-level BPE of bytes alone', '늘a')).toEqual(['·', '늘(1/3)', '늘(2/3)', '늘(3/3)', 'a', '</s>']);
  });

  it('says in a token that ends one character and begins another what it has of each', () => {
    const { json, config } = trainBpe(corpus, { vocab_size: 259, byte_level: true });
    const tokenizer = loadTokenizer(json, config);
    const [, ...bytes] = tokenizer.tokens(tokenizer.encode('간다'));
    const [a, b, c, d, e, f] = bytes;
    const joined = `${c}${d}`;
    const { vocab, ...model } = json.model as { vocab: Record<string, number> };
    const crossing = loadTokenizer({ ...json, model: { ...model, vocab: { ...vocab, [joined]: 259 } } }, config);
    const id = (token: string) => vocab[token];
    const texts = crossing.tokenTexts([id(a), id(b), 259, id(e), id(f)]);
    expect(texts.map(({ label }) => label)).toEqual(['간(1/3)', '간(2/3)', '간(3/3)다(1/3)', '다(2/3)', '다(3/3)']);
    expect(texts.map(({ text }) => text)).toEqual(['간', '', '다', '', '']);
  });

  it('names bytes that are no character', () => {
    const tokenizer = tokenizers['byte-level BPE of bytes alone'];
    const [, first, second] = tokenizer.encode('늘');
    expect(tokenizer.tokenTexts([first, second]).map(({ label }) => label)).toEqual(['<0xEB>', '<0x8A>']);
    expect(tokenizer.tokenTexts([second, ...tokenizer.encode('a').slice(1)]).map(({ label }) => label)).toEqual([
      '<0x8A>',
      'a',
      '</s>',
    ]);
  });

  it('splits an emoji with joiners, and names the joiner', () => {
    const family = of('byte-level BPE of bytes alone', '👩‍👧');
    expect(family.map(({ label }) => label)).toEqual([
      '·',
      ...[1, 2, 3, 4].map((n) => `👩(${n}/4)`),
      ...[1, 2, 3].map((n) => `\\u200d(${n}/3)`),
      ...[1, 2, 3, 4].map((n) => `👧(${n}/4)`),
      '</s>',
    ]);
    expect(
      family
        .slice(0, -1)
        .map(({ text }) => text)
        .join(''),
    ).toBe('👩‍👧');
  });

  it('puts a combining mark that begins a token on a circle, and writes what is invisible', () => {
    const { json, config } = trainUnits(['x̂\n\t\u00a0'], { kind: 'char', vocab_size: 20 });
    const tokenizer = loadTokenizer(json, config);
    const shown = tokenizer.tokenTexts(tokenizer.encode('x̂\n\t \u00a0')).map(({ label }) => label);
    expect(shown).toEqual(['x', '◌̂', '\\n', '\\t', '<unk>', '\\u00a0', '</s>']);
  });

  it('shows a blank as · where the text has one, not before the first word', () => {
    expect(labels('character BPE', 'the loom')).toEqual(['the', '·loom', '</s>']);
    expect(labels('GPT-2', ' the loom').slice(0, 1)).toEqual(['·the']);
    expect(labels('characters', 'a e')).toEqual(['a', '·', 'e', '</s>']);
  });

  it('is a word or its piece as BERT writes them', () => {
    const bert = golden('bert_uncased');
    const texts = bert.tokenTexts(bert.encode('Lo om.'));
    expect(texts.map(({ label }) => label).join(' ')).toMatch(/^\[CLS\] l ##o o ##m \. \[SEP\]$/);
    expect(texts.map(({ text }) => text).join('|')).toBe('[CLS]|l|o|o|m|.|[SEP]');
  });

  it('joins the bytes that SentencePiece falls back to', () => {
    const json: TokenizerJson = {
      version: '1.0',
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          { type: 'Strip', content: ' ', start: 1, stop: 0 },
        ],
      },
      model: { type: 'BPE', vocab: { '▁a': 0, '<0xEB>': 1, '<0x8A>': 2, '<0x98>': 3, '▁b': 4 }, merges: [] },
    };
    const texts = loadTokenizer(json, {}).tokenTexts([0, 1, 2, 3, 4]);
    expect(texts.map(({ label }) => label)).toEqual(['a', '늘(1/3)', '늘(2/3)', '늘(3/3)', '·b']);
    expect(texts.map(({ text }) => text).join('')).toBe('a늘 b');
  });

  it('is that of a single token in any order, and refuses ids outside the vocabulary', () => {
    const tokenizer = tokenizers['byte-level BPE'];
    expect(tokenizer.tokenTexts([])).toEqual([]);
    expect(() => tokenizer.tokenTexts([0, -1])).toThrow(
      'tokenizer: an id must be an integer in [0, 275), got -1, at position 1',
    );
  });
});

describe('a word begins', () => {
  const words = (name: string, text: string) => {
    const found: string[] = [];
    for (const { text: part, startsWord } of of(name, text)) {
      if (startsWord) found.push(part);
      else found.push(`${found.pop()}${part}`);
    }
    return found;
  };

  it.each(['byte-level BPE', 'character BPE', 'GPT-2', 'RoBERTa'])('after a blank, in %s', (name) => {
    const parts = words(name, '오늘은 the looms 간다').filter((word) => !/^<.*>$/.test(word));
    expect(parts.map((word) => word.trim())).toEqual(['오늘은', 'the', 'looms', '간다']);
  });

  it('with the blank before it, where blanks are tokens, and after a newline', () => {
    expect(words('characters', 'the  loom').slice(0, 2)).toEqual(['the', '  loom']);
    expect(words('GPT-2', 'the\nloom,')).toEqual(['the', '\nloom,']);
  });

  it('with every token that is a whole word, and at special tokens', () => {
    expect(words('words', 'the loom')).toEqual(['the', 'loom', '</s>']);
    const marks = of('RoBERTa', 'the').filter(({ isSpecial }) => isSpecial);
    expect(marks.map(({ startsWord }) => startsWord)).toEqual([true, true]);
  });
});

const letters = fc.constantFrom(...'오늘은학교에간다 theloomTHE.,👩\u200d👧é\n', 'e\u0301', '각', '  ');
const lines = fc.array(letters, { minLength: 1, maxLength: 30 }).map((parts) => parts.join(''));
/** The texts of all tokens but the special ones. */
const joined = (tokenizer: Tokenizer, text: string): string =>
  tokenizer
    .tokenTexts(tokenizer.encode(text))
    .map((token) => (token.isSpecial ? '' : token.text))
    .join('');

describe('together the texts of the tokens', () => {
  it.each(Object.entries(tokenizers))('of %s are what the tokens decode to', (name, tokenizer) => {
    const blanks = name === 'words' ? /\s+/g : /$^/g;
    fc.assert(
      fc.property(lines, (text) => {
        const decoded = tokenizer.decode(tokenizer.encode(text), { skip_special_tokens: true });
        expect(joined(tokenizer, text)).toBe(decoded.replace(blanks, ''));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['byte-level BPE', 'NFC'],
    ['byte-level BPE of bytes alone', 'NFC'],
    ['GPT-2', undefined],
    ['RoBERTa', undefined],
  ] as const)('of %s are the text, normalised as the tokenizer does', (name, form) => {
    fc.assert(
      fc.property(lines, (text) => {
        expect(joined(tokenizers[name], text)).toBe(form ? text.normalize(form) : text);
      }),
      { numRuns: 200 },
    );
  });
});
