import { readFileSync } from 'node:fs';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { loadTokenizer, type TokenizerLoadOptions } from '../../src/text/tokenizer.ts';
import type { TokenizerJson } from '../../src/text/tokenizer-json.ts';
import { trainBpe } from '../../src/text/train/bpe.ts';
import { trainUnits } from '../../src/text/train/unit.ts';

const base = {
  version: '1.0',
  added_tokens: [{ id: 1, content: '<unk>', special: true }],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
};

const letters = { '<unk>': 1, a: 2, b: 3, ab: 4, x: 5, ' ': 6 };
const bpe = { type: 'BPE', unk_token: '<unk>', vocab: letters, merges: [['a', 'b']] };
const wordPiece = {
  type: 'WordPiece',
  unk_token: '<unk>',
  continuing_subword_prefix: '##',
  max_input_chars_per_word: 100,
  vocab: { '<unk>': 1, a: 2, '##a': 3 },
};
const unigram = {
  type: 'Unigram',
  unk_id: 1,
  vocab: [
    ['a', -1],
    ['<unk>', 0],
    ['aa', -1.5],
  ],
};

const load = (parts: TokenizerJson, options?: TokenizerLoadOptions) =>
  loadTokenizer({ ...base, model: bpe, ...parts }, {}, options);

const split = (regex: string) => ({ type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false });
const nested = (depth: number): object =>
  depth === 0 ? { type: 'NFC' } : { type: 'Sequence', normalizers: [nested(depth - 1)] };

describe('a regular expression of a tokenizer.json', () => {
  it.each<[string, TokenizerJson]>([
    ['pre_tokenizer.pattern', { pre_tokenizer: split('(x+x+)+y') }],
    [
      'pre_tokenizer.pretokenizers.0.pattern',
      { pre_tokenizer: { type: 'Sequence', pretokenizers: [split('(x+x+)+y')] } },
    ],
    ['normalizer.pattern', { normalizer: { type: 'Replace', pattern: { Regex: '(x+x+)+y' }, content: '' } }],
    ['decoder.pattern', { decoder: { type: 'Replace', pattern: { Regex: '(x+x+)+y' }, content: '' } }],
  ])('that may never end is refused before it sees a text, at %s', (path, part) => {
    // An added token that is normalized meets it when the tokenizer is made.
    const added_tokens = [...base.added_tokens, { id: 50, content: 'x'.repeat(60), normalized: true }];
    expect(() => load({ added_tokens, ...part }, { name: 'bad/tokenizer.json' })).toThrow(
      new RegExp(
        `^bad/tokenizer.json: ${path}: expected a regular expression that runs in linear time, got "\\(x\\+x\\+\\)\\+y": ` +
          'expected no unbounded quantifier .* allow_unsafe_patterns allows it$',
      ),
    );
  });

  it('that is quadratic over all its matches is refused, though each of them is linear', () => {
    expect(() => load({ pre_tokenizer: split('a*b|a') })).toThrow('a later "a+" that matches what it read');
  });

  it('runs as the file says when it is allowed', () => {
    const parts = { pre_tokenizer: split('(?:a|b)+x') };
    expect(() => load(parts)).toThrow(InputError);
    expect(load(parts, { allow_unsafe_patterns: true }).encode('abx')).toEqual([4, 5]);
  });

  it('of DeepSeek LLM and V2 that is quadratic runs in linear time with the same matches', () => {
    const pretokenizers = ['[\\r\\n]', '\\s?[A-Za-z]+', '\\s+$'].map(split);
    const vocab = { ...letters, '  ': 7, '\n': 8 };
    const model = { ...bpe, vocab, merges: [...bpe.merges, [' ', ' ']] };
    const parts = { model, pre_tokenizer: { type: 'Sequence', pretokenizers } };
    const tokenizer = load(parts);
    // With the file's own pattern: a group changes nothing, but is not rewritten.
    const [first, second] = pretokenizers;
    const own = { model, pre_tokenizer: { type: 'Sequence', pretokenizers: [first, second, split('(?:\\s)+$')] } };
    const reference = load(own, { allow_unsafe_patterns: true });
    const texts = fc.string({ unit: fc.constantFrom(' ', '\n', 'a', 'b', 'x', '!') });
    fc.assert(
      fc.property(texts, (text) => {
        expect(tokenizer.encode(text)).toEqual(reference.encode(text));
      }),
    );
    // The own pattern of the file takes longer than a test may.
    expect(tokenizer.encode(`${' '.repeat(150_000)}!`)).toHaveLength(75_001);
    expect(parts.pre_tokenizer.pretokenizers[2]).toEqual(split('\\s+$'));
  });

  it('that JavaScript cannot read is refused with its place', () => {
    expect(() => load({ pre_tokenizer: split('(') })).toThrow(
      'tokenizer.json: pre_tokenizer.pattern: expected a regular expression, got "("',
    );
  });

  it('must be one: a pattern of neither form would take the text away', () => {
    expect(() => load({ pre_tokenizer: { type: 'Split', pattern: { Glob: '*' }, behavior: 'Isolated' } })).toThrow(
      InputError,
    );
  });

  it('is counted together with the others', () => {
    const many = Array.from({ length: 60 }, () => split('[ab]{1,50}x'));
    expect(() => load({ pre_tokenizer: { type: 'Sequence', pretokenizers: many } })).toThrow('steps per character');
  });
});

describe('a part of a tokenizer.json', () => {
  it.each<[TokenizerJson, string]>([
    [{ pre_tokenizer: { type: 'FixedLength', length: 0 } }, 'pre_tokenizer: length: expected a number ≥ 1, got 0'],
    [{ normalizer: nested(20) }, 'expected at most 8 levels of nested parts'],
    [
      { normalizer: { type: 'Sequence', normalizers: Array.from({ length: 200 }, () => ({ type: 'NFC' })) } },
      'at most 100 parts',
    ],
    [
      {
        normalizer: {
          type: 'Sequence',
          normalizers: Array.from({ length: 40 }, () => ({ type: 'Replace', pattern: { String: 'a' }, content: 'aa' })),
        },
      },
      'normalizer: expected texts to grow at most 1000-fold',
    ],
    [
      {
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: Array.from({ length: 20 }, () => ({ type: 'ByteLevel', add_prefix_space: false })),
        },
      },
      'pre_tokenizer: expected texts to grow at most 1000-fold',
    ],
    [
      { pre_tokenizer: { type: 'Metaspace', replacement: '▁', str_rep: '▁'.repeat(65) } },
      'str_rep: expected ≤ 64 characters',
    ],
    [{ post_processor: { type: 'TemplateProcessing', single: [], pair: [], special_tokens: {} } }, 'expected the text'],
    [
      {
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ Sequence: { id: 'A' } }, { Sequence: { id: 'A' } }],
          pair: [],
        },
      },
      'expected the text',
    ],
    [
      {
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '[GONE]' } }, { Sequence: { id: 'A' } }],
          pair: [],
        },
      },
      'tokenizer.json: post_processor: expected a token of the vocabulary, got "[GONE]"',
    ],
    [{ post_processor: { type: 'BertProcessing', sep: ['a', 2] } }, 'cls'],
    [
      { post_processor: { type: 'BertProcessing', sep: ['a', 2], cls: ['[GONE]', 9] } },
      'expected a token of the vocabulary, got "[GONE]"',
    ],
    [{ decoder: { type: 'Sequence', decoders: [null] } }, 'decoder.decoders.0'],
    [{ added_tokens: [{ id: 1, content: '' }] }, 'added_tokens.0.content: expected ≥ 1 characters'],
    [{ added_tokens: [{ id: 1, content: 'a'.repeat(2000) }] }, 'added_tokens.0.content: expected ≤ 1000 characters'],
    [{ added_tokens: [{ id: 1, content: 7 }] }, 'added_tokens.0.content: expected a string, got 7'],
  ])('%# is refused', (part, reason) => {
    expect(() => load(part)).toThrow(InputError);
    expect(() => load(part)).toThrow(reason);
  });

  it('takes tokens that mean something in a regular expression or to JavaScript as text', () => {
    const names = ['__proto__', 'constructor', 'toString', '.*', '$&', '(a', '[', '\\'];
    const added_tokens = names.map((content, at) => ({ id: 10 + at, content, special: true }));
    const tokenizer = load({ added_tokens: [...base.added_tokens, ...added_tokens] });
    expect(tokenizer.encode(`a${names.join('')}b`)).toEqual([2, ...names.map((_, at) => 10 + at), 3]);
    expect(tokenizer.decode([10, 11])).toContain('__proto__');
    const own = JSON.parse(JSON.stringify(letters).replace('"x"', '"__proto__"'));
    expect(load({ model: { ...bpe, vocab: own } }).tokens([5])).toEqual(['__proto__']);
  });
});

describe('the model of a tokenizer.json', () => {
  it.each<[string, object, string]>([
    [
      'a merge of what is no token',
      { ...bpe, merges: [['a', 'x']] },
      'model: merges.0: expected tokens of the vocabulary, got "ax"',
    ],
    [
      'a merge of three',
      { ...bpe, merges: ['a b x'] },
      'merges.0: expected two tokens with a blank between, got "a b x"',
    ],
    ['a merge that is a number', { ...bpe, merges: [['a', 'b'], 5] }, 'merges.1: expected a list of two tokens, got 5'],
    [
      'an unknown token that is none',
      { ...bpe, unk_token: '[UNK]' },
      'unk_token: expected a token of the vocabulary, got "[UNK]"',
    ],
    ['WordPiece without a prefix', { ...wordPiece, continuing_subword_prefix: undefined }, 'continuing_subword_prefix'],
    ['WordPiece without an unknown token', { ...wordPiece, unk_token: undefined }, 'unk_token'],
    [
      'WordPiece of long words and long pieces',
      { ...wordPiece, max_input_chars_per_word: 1e9, vocab: { ...wordPiece.vocab, [`##${'a'.repeat(5000)}`]: 4 } },
      'max_input_chars_per_word: expected at most 200 where a token inside words has 5002 characters, got 1000000000',
    ],
    [
      'a score that is no number',
      {
        ...unigram,
        vocab: [
          ['a', 0],
          ['<unk>', '-1'],
        ],
      },
      'vocab.1: 1: expected a number, got "-1"',
    ],
    [
      'an infinite score',
      {
        ...unigram,
        vocab: [
          ['a', 0],
          ['<unk>', Infinity],
        ],
      },
      'vocab.1',
    ],
    ['an entry that is none', { ...unigram, vocab: [['a', 0], null] }, 'vocab.1'],
    [
      'an id of two tokens',
      { ...bpe, vocab: { ...letters, b: 2 } },
      'expected an id for each token, got 2 for "a" and "b"',
    ],
    [
      'an added token with another id than the vocabulary has',
      { ...bpe, vocab: { ...letters, '<unk>': 9 } },
      'expected the added token "<unk>" to have its id in the vocabulary, 9, got 1',
    ],
    ['an unknown id outside the list', { ...unigram, unk_id: 7 }, 'unk_id: expected an id in [0, 3), got 7'],
    [
      'hundreds of tokens that are prefixes of one another',
      {
        ...unigram,
        vocab: [['x', 0], ['<unk>', 0], ...Array.from({ length: 500 }, (_, at) => ['a'.repeat(at + 1), -1])],
      },
      'expected at most 32 tokens that are prefixes of one another',
    ],
  ])('%s is refused', (_, model, reason) => {
    expect(() => load({ model })).toThrow(InputError);
    expect(() => load({ model })).toThrow(reason);
  });

  it('may have ids far apart: the gap costs no time', () => {
    const vocab = { ...letters, ab: 4_000_000, x: 3 + 1e6 };
    const start = performance.now();
    const tokenizers = Array.from({ length: 20 }, () => load({ model: { ...bpe, vocab } }));
    // Going through every id takes ten seconds.
    expect(performance.now() - start).toBeLessThan(3000);
    expect(tokenizers[0]).toMatchObject({ vocabSize: 4_000_001 });
    expect(tokenizers[0].encode('abx')).toEqual([4_000_000, 1_000_003]);
    expect(() => tokenizers[0].decode([7])).toThrow(InputError);
  });

  it('without an unknown token refuses the text that needs one', () => {
    const tokenizer = load({ added_tokens: [], model: { ...unigram, unk_id: null } });
    expect(tokenizer.encode('aaa')).toHaveLength(2);
    expect(() => tokenizer.encode('aé')).toThrow(
      'tokenizer: "é" is not in the vocabulary, and there is no unknown token',
    );
  });

  it('Unigram gives what the library gives, unknown characters beside one another as one', () => {
    const json = { ...base, model: unigram };
    const [own, library] = [loadTokenizer(json, {}), new HuggingFaceTokenizer(json, {})];
    const text = fc.array(fc.constantFrom('a', 'aa', 'b', '한', '😀', '<unk>', ' '), { maxLength: 40 });
    fc.assert(
      fc.property(text, (parts) => {
        expect(own.encode(parts.join(''))).toEqual(library.encode(parts.join('')).ids);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('WordPiece gives what the library gives, words of any length', () => {
    const golden = new URL('../golden/tokenizers/bert_uncased/tokenizer.json', import.meta.url);
    const json = JSON.parse(readFileSync(golden, 'utf8'));
    const [own, library] = [loadTokenizer(json, {}), new HuggingFaceTokenizer(json, {})];
    const word = fc.array(fc.constantFrom(...'abcdeings한é😀1,'), { maxLength: 120 }).map((all) => all.join(''));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), (words) => {
        const text = words.join(' ');
        expect(own.encode(text)).toEqual(library.encode(text).ids);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe('100,000 characters without a blank', () => {
  const corpus = ['the loom lifts the thread', 'the thread lifts the loom'];
  const words = trainUnits(corpus, { kind: 'word', vocab_size: 50 });
  const chars = trainUnits(corpus, { kind: 'char', vocab_size: 50 });
  const pairs = trainBpe(corpus, { vocab_size: 60 });
  const bytes = trainBpe(corpus, { vocab_size: 300, byte_level: true });
  it.each<[string, TokenizerJson]>([
    ['words', words.json],
    ['characters', chars.json],
    ['byte pairs', pairs.json],
    ['bytes', bytes.json],
    ['WordPiece', { ...base, model: { ...wordPiece, max_input_chars_per_word: 1e9 } }],
    ['Unigram', { ...base, model: unigram }],
  ])('are encoded and decoded by %s', (_, json) => {
    const tokenizer = loadTokenizer(json, {});
    for (const text of ['a'.repeat(100_000), '<'.repeat(100_000)]) {
      const ids = tokenizer.encode(text);
      expect(ids.length).toBeGreaterThan(0);
      expect(tokenizer.decode(ids).length).toBeGreaterThan(0);
      expect(tokenizer.tokenTexts(ids)).toHaveLength(ids.length);
    }
  });
});
