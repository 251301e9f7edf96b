import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { loadTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';
import { trainUnits, type UnitOptions } from '../../src/text/train/unit.ts';
import { trainTokenizer, trainTokenizers } from '../../src/text/train/vocabulary.ts';

const golden = new URL('../golden/tokenizers/', import.meta.url);
const corpus = readFileSync(new URL('bpe/corpus.txt', golden), 'utf8');

interface Golden {
  options: UnitOptions;
  cases: { text: string; ids: number[]; decoded: string; decoded_with_special: string }[];
}

function trained(text: Iterable<string>, options: UnitOptions): Tokenizer {
  const { json, config } = trainUnits(text, options);
  return loadTokenizer(JSON.parse(JSON.stringify(json)), config);
}
const all = (tokenizer: Tokenizer) => tokenizer.tokens(Array.from({ length: tokenizer.vocabSize }, (_, id) => id));

describe.each(['char', 'char_lowercase_open', 'word', 'word_lowercase_open'])('a tokenizer of units, %s', (name) => {
  const { options, cases }: Golden = JSON.parse(readFileSync(new URL(`units/${name}.json`, golden), 'utf8'));
  const text = options.kind === 'char' ? [corpus] : corpus.split('\n');

  it('gives the ids and the texts that the Rust library gives for its tokenizer.json', () => {
    const tokenizer = trained(text, options);
    expect(cases).toHaveLength(20);
    for (const { text, ids, decoded, decoded_with_special } of cases) {
      expect([text, tokenizer.encode(text)]).toEqual([text, ids]);
      expect([text, tokenizer.decode(ids, { skip_special_tokens: true })]).toEqual([text, decoded]);
      expect(tokenizer.decode(ids)).toBe(decoded_with_special);
    }
  });

  it('does not depend on the order of the lines', () => {
    const lines = corpus.split('\n');
    expect(trainUnits([...lines].reverse(), options).json).toEqual(trainUnits(lines, options).json);
  });
});

describe('a tokenizer of characters', () => {
  it('has every code point, blanks and newlines too, in their order between the special tokens', () => {
    const tokenizer = trained(['ba b\n', '한\tA😀'.normalize('NFD')], { kind: 'char' });
    expect(all(tokenizer)).toEqual(['</s>', '<unk>', '\t', '\n', ' ', 'A', 'a', 'b', '한', '😀', '<pad>']);
    expect([tokenizer.eosId, tokenizer.unkId, tokenizer.padId]).toEqual([0, 1, 10]);
    expect(tokenizer.tokens(tokenizer.encode('한 x'))).toEqual(['한', ' ', '<unk>', '</s>']);
    expect(tokenizer.encode('')).toEqual([0]);
  });

  it('ends no text for a language model of running text', () => {
    const tokenizer = trained(['ab'], { kind: 'char', add_eos_token: false });
    expect([tokenizer.encode('ab'), tokenizer.encode(''), tokenizer.eosId]).toEqual([[2, 3], [], 0]);
  });

  it('begins every text with the end token for a language model of lines', () => {
    for (const kind of ['char', 'word'] as const) {
      const tokenizer = trained(['a b'], { kind, add_eos_token: false, add_bos_token: true });
      expect([tokenizer.encode('b')[0], tokenizer.encode('b').length, tokenizer.encode('')]).toEqual([0, 2, [0]]);
    }
  });

  it('decode(encode(s)) = s for every text of known characters', () => {
    const characters = [...'aB .,!\n\t\r 한글베틀ㅋ。「」😀👩\u200d\u00a0\u3000▁#·é0'];
    const tokenizer = trained([characters.join('')], { kind: 'char' });
    expect(tokenizer.vocabSize).toBe(new Set(characters).size + 3);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...characters), maxLength: 40 }), (s) => {
        const ids = tokenizer.encode(s);
        expect(ids).toHaveLength([...s].length + 1);
        expect(tokenizer.decode(ids, { skip_special_tokens: true })).toBe(s);
      }),
      { numRuns: 500 },
    );
  });

  it('reads a long text in one piece', () => {
    const tokenizer = trained([corpus], { kind: 'char', add_eos_token: false });
    const long = corpus.repeat(300).normalize('NFC');
    const ids = tokenizer.encode(long);
    expect(ids).toHaveLength([...long].length);
    expect(tokenizer.decode(ids)).toBe(long);
  });

  it('keeps the most frequent when there is no room for all, and names the others', () => {
    const { vocabSize, vocabulary, unknownCharacters } = trainUnits(['aaaa ddd cc b'], { kind: 'char', vocab_size: 6 });
    expect([vocabSize, vocabulary.tokens, unknownCharacters]).toEqual([6, [' ', 'a', 'd'], ['c', 'b']]);
    expect(trainUnits(['aab'], { kind: 'char', min_frequency: 2 }).vocabulary.tokens).toEqual(['a']);
  });
});

describe('a tokenizer of words', () => {
  it('has words by falling frequency; whatever is no word of it is one <unk>', () => {
    const tokenizer = trained(['b a b', 'ab  ##b\tc'], { kind: 'word' });
    expect(all(tokenizer)).toEqual(['</s>', '<unk>', 'b', '##b', 'a', 'ab', 'c', '<pad>']);
    expect(tokenizer.tokens(tokenizer.encode('ab abb a##b b'))).toEqual(['ab', '<unk>', '<unk>', 'b', '</s>']);
    expect(tokenizer.tokens(tokenizer.encode(`a ${'ab'.repeat(5000)}`))).toEqual(['a', '<unk>', '</s>']);
  });

  it('reads <unk> in a text, as in WikiText, as unknown', () => {
    const tokenizer = trained(['the <unk> loom'], { kind: 'word', add_eos_token: false });
    expect(all(tokenizer)).toEqual(['</s>', '<unk>', 'loom', 'the', '<pad>']);
    expect(tokenizer.encode('the <unk> loom')).toEqual([3, 1, 2]);
  });

  it('gives the words back with one space between them', () => {
    const tokenizer = trained(['베틀이 실을 든다 .'], { kind: 'word' });
    const ids = tokenizer.encode(' 실을  든다 .\n');
    expect(tokenizer.decode(ids, { skip_special_tokens: true })).toBe('실을 든다 .');
  });
});

describe('tokenizers of units', () => {
  it('are made for two sides, widened to one size', () => {
    const text = { source: ['abc'], target: ['k a'] };
    const apart = trainTokenizers(text, { kind: 'char', shared: false });
    expect([apart.source.vocabSize, apart.target.vocabSize]).toEqual([6, 6]);
    const uneven = trainTokenizers({ ...text, target: ['k'] }, { kind: 'char', shared: false });
    expect(uneven.target.vocabulary.tokens).toEqual(['k', '<unused0>', '<unused1>']);
    const shared = trainTokenizers(text, { kind: 'char' });
    expect(shared.source).toBe(shared.target);
    expect(shared.source.vocabulary.tokens).toEqual([' ', 'a', 'b', 'c', 'k']);
  });

  it('decompose text on request, Hangul into jamo, the same for composed and decomposed text', () => {
    for (const kind of ['char', 'bpe'] as const) {
      const { json, config } = trainTokenizer(['값이 é'], { kind, vocab_size: 20, normalization: 'NFD' });
      const tokenizer = loadTokenizer(json, config);
      const [whole, parted] = ['값 é', '값 é'.normalize('NFD')].map((text) => tokenizer.encode(text));
      expect(whole).toEqual(parted);
      expect(tokenizer.decode(whole, { skip_special_tokens: true })).toBe('값 é'.normalize('NFD'));
      expect(tokenizer.tokens(whole)).not.toContain('<unk>');
    }
    const { json, config } = trainTokenizer(['값'], { kind: 'char', normalization: 'NFD' });
    expect(loadTokenizer(json, config).tokens([2, 3, 4])).toEqual(['\u1100', '\u1161', '\u11b9']);
  });

  it('can be of another kind for the target', () => {
    const text = { source: ['ab'], target: ['k a k'] };
    const { source, target } = trainTokenizers(text, { kind: 'char', shared: false, target: { kind: 'word' } });
    expect(source.vocabulary.tokens).toEqual(['a', 'b']);
    expect(target.vocabulary.tokens).toEqual(['k', 'a']);
  });

  it('byte-pair tokenizers can leave texts without an end token, too', () => {
    const { json, config } = trainTokenizer(['ab ab'], { kind: 'bpe', vocab_size: 20, add_eos_token: false });
    const tokenizer = loadTokenizer(json, config);
    expect(tokenizer.tokens(tokenizer.encode('ab'))).toEqual(['▁ab']);
    expect(tokenizer.decode(tokenizer.encode('ab ab'))).toBe('ab ab');
  });

  it.each<[string, readonly string[], UnitOptions, string]>([
    ['there is no text', ['', ''], { kind: 'char' }, 'tokenizer: expected text to train on, got no chars'],
    ['there are no words', [' \n'], { kind: 'word' }, 'tokenizer: expected text to train on, got no words'],
    [
      'the vocabulary is too small',
      ['a'],
      { kind: 'char', vocab_size: 3 },
      'vocab_size must be an integer of at least 4',
    ],
    ['its size is no whole number', ['a'], { kind: 'char', vocab_size: 7.5 }, 'got 7.5'],
    ['the frequency is none', ['a'], { kind: 'word', min_frequency: 0 }, 'min_frequency must be an integer ≥ 1, got 0'],
    [
      'nothing is frequent enough',
      ['a b a'],
      { kind: 'word', min_frequency: 3 },
      'tokenizer: expected a word that occurs at least min_frequency = 3 times, got at most 2',
    ],
  ])('are refused when %s', (_, text, options, message) => {
    expect(() => trainUnits(text, options)).toThrow(InputError);
    expect(() => trainUnits(text, options)).toThrow(message);
  });
});
