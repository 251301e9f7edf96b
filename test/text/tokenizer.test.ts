import { readFileSync } from 'node:fs';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { loadTokenizer } from '../../src/text/tokenizer.ts';
import { trainedTokenizerConfig } from '../../src/text/tokenizer-json.ts';
import { trainBpe } from '../../src/text/train/bpe.ts';

const golden = new URL('../golden/tokenizers/', import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, golden), 'utf8'));

describe.each([
  ['bert_uncased', 73],
  ['gpt2', 71],
  ['roberta', 72],
  ['bert_cased', 73],
  ['t5', 71],
])('the tokenizer of %s', (name, count) => {
  const tokenizer = loadTokenizer(read(`${name}/tokenizer.json`), read(`${name}/tokenizer_config.json`));
  const cases: { text: string; ids: number[]; tokens: string[] }[] = read(`${name}/cases.json`);

  it(`gives the ids and tokens of the Rust library on all ${count} texts`, () => {
    expect(cases).toHaveLength(count);
    for (const { text, ids, tokens } of cases) {
      expect([text, tokenizer.encode(text)]).toEqual([text, ids]);
      // Rust shows the space that `<mask>` takes up on its left as part of the token, and an unknown token of T5 as its text.
      const names = tokens.map((token, at) => (ids[at] === tokenizer.unkId ? '<unk>' : token.trim()));
      expect([text, tokenizer.tokens(ids)]).toEqual([
        text,
        name === 't5' ? names : tokens.map((token) => token.trim()),
      ]);
    }
  });

  it('gives the same ids again, when its cache knows the words', () => {
    for (const { text, ids } of cases) expect(tokenizer.encode(text)).toEqual(ids);
  });
});

describe('a tokenizer', () => {
  const text = ['the loom lifts the thread', 'a </s> b <pad>c', ' two  spaces ', '한글 텍스트', '漢字', ''];
  const { json, config } = trainBpe(text, { vocab_size: 60 });
  const tokenizer = loadTokenizer(json, config);

  it('gives the same as the library, with or without its cache of words', () => {
    const plain = new HuggingFaceTokenizer(json, config);
    for (const line of [...text, ...text]) expect(tokenizer.encode(line)).toEqual(plain.encode(line).ids);
  });

  it('decodes no ids to no text', () => {
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.decode([0, 0], { skip_special_tokens: true })).toBe('');
  });

  it('decodes typed arrays', () => {
    const ids = tokenizer.encode('the loom');
    expect(tokenizer.decode(Int32Array.from(ids), { skip_special_tokens: true })).toBe('the loom');
  });

  it.each([-1, 60, 1.5, Number.NaN])('refuses the id %d, and says where it is', (id) => {
    const size = tokenizer.vocabSize;
    expect(() => tokenizer.decode([0, id])).toThrow(InputError);
    expect(() => tokenizer.tokens([0, id])).toThrow(
      `tokenizer: an id must be an integer in [0, ${size}), got ${id}, at position 1`,
    );
  });

  it('names no special tokens when its config names none', () => {
    expect(loadTokenizer(json, {})).toMatchObject({ eosId: null, padId: null, unkId: null });
  });

  it('finds a special token that is named by an object', () => {
    expect(loadTokenizer(json, { eos_token: { content: '</s>', lstrip: false } }).eosId).toBe(0);
  });

  it('refuses a config that names a token outside the vocabulary', () => {
    expect(() => loadTokenizer(json, { ...config, pad_token: '[PAD]' })).toThrow(
      'tokenizer_config.json: pad_token must be in the vocabulary of tokenizer.json, got "[PAD]"',
    );
  });

  it.each([
    [{ type: 'Foo', vocab: { a: 0 } }, 'expected a model of BPE, WordPiece, Unigram, got "Foo"'],
    [{ type: 'BPE', vocab: {}, merges: [] }, 'expected a vocabulary, got none or an empty one'],
  ])('refuses the model %o', (model, message) => {
    expect(() => loadTokenizer({ ...json, model }, config)).toThrow(message);
  });

  it.each([[-5], [1.5], ['7'], [1e9], [null]])('refuses a token of id %o, in the vocabulary and beside it', (id) => {
    const model = {
      type: 'BPE',
      unk_token: '<unk>',
      merges: [],
      vocab: { '</s>': 0, '<unk>': 1, '<pad>': 2, bad: id },
    };
    const message = `tokenizer.json: an id must be an integer in [0, 4194304), got ${JSON.stringify(id)}`;
    expect(() => loadTokenizer({ ...json, model }, config)).toThrow(message);
    expect(() => loadTokenizer({ ...json, added_tokens: [{ id, content: 'bad' }] }, config)).toThrow(message);
  });

  it.each([[{}], [{ ...json, model: null }], [{ ...json, model: { type: 'Mystery' } }]])(
    'refuses %o as tokenizer.json',
    (broken) => {
      expect(() => loadTokenizer(broken, trainedTokenizerConfig())).toThrow(InputError);
    },
  );
});
