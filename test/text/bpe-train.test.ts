import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { loadTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';
import { type BpeOptions, trainBpe } from '../../src/text/train/bpe.ts';
import { trainTokenizers } from '../../src/text/train/vocabulary.ts';

const golden = new URL('../golden/tokenizers/bpe/', import.meta.url);
const lines = readFileSync(new URL('corpus.txt', golden), 'utf8').trimEnd().split('\n');

interface Golden {
  vocab_size: number;
  tokens: string[];
  merges: [string, string][];
  cases: { text: string; ids: number[]; decoded: string; decoded_with_special: string }[];
}
const KINDS: [name: string, options: Omit<BpeOptions, 'vocab_size'>][] = [
  ['character', {}],
  ['lowercase', { lowercase: true }],
  ['byte', { byte_level: true }],
];

function trained(options: BpeOptions, text: readonly string[] = lines): Tokenizer {
  const { json, config } = trainBpe(text, options);
  return loadTokenizer(JSON.parse(JSON.stringify(json)), config);
}

/** What a tokenizer may change about a text: normal form, case, and `▁`, which stands for a space. */
function normalise(text: string, { lowercase = false, byte_level = false }: Partial<BpeOptions>): string {
  const composed = text.normalize('NFC');
  const lower = lowercase ? composed.replaceAll('Σ', 'σ').toLowerCase() : composed;
  return byte_level ? lower : lower.replaceAll('▁', ' ');
}

describe.each(KINDS)('byte-pair training, %s kind', (name, kind) => {
  const expected: Golden = JSON.parse(readFileSync(new URL(`${name}.json`, golden), 'utf8'));
  const options = { ...kind, vocab_size: expected.vocab_size };

  it("learns the merges of Hugging Face's trainer, in its order", () => {
    const { vocabulary, vocabSize } = trainBpe(lines, options);
    expect(['</s>', '<unk>', ...vocabulary.tokens]).toEqual(expected.tokens);
    expect(vocabulary.merges).toEqual(expected.merges);
    expect(vocabSize).toBe(expected.tokens.length + 1);
  });

  it('gives the ids and the texts that the Rust library gives for its tokenizer.json', () => {
    const tokenizer = trained(options);
    expect(expected.cases.length).toBeGreaterThan(10);
    for (const { text, ids, decoded, decoded_with_special } of expected.cases) {
      expect([text, tokenizer.encode(text)]).toEqual([text, ids]);
      expect(tokenizer.decode(ids, { skip_special_tokens: true })).toBe(decoded);
      expect(tokenizer.decode(ids)).toBe(decoded_with_special);
    }
  });

  it('does not depend on the order of the lines', () => {
    expect(trainBpe([...lines].reverse(), options).json).toEqual(trainBpe(lines, options).json);
  });

  it('puts </s> first, <unk> second, <pad> last, and ends every text with </s>', () => {
    const tokenizer = trained(options);
    expect([tokenizer.eosId, tokenizer.unkId, tokenizer.padId]).toEqual([0, 1, tokenizer.vocabSize - 1]);
    expect(tokenizer.encode('')).toEqual([0]);
    expect(tokenizer.encode('the loom').at(-1)).toBe(0);
  });

  it('every training line comes back from its ids', () => {
    const tokenizer = trained(options);
    for (const line of lines) {
      expect(tokenizer.decode(tokenizer.encode(line), { skip_special_tokens: true })).toBe(normalise(line, kind));
    }
  });

  it('decode(encode(s)) = normalise(s) for any text of known characters', () => {
    const tokenizer = trained(options);
    // Case can leave the alphabet, so a lower-casing tokenizer gets characters that have none.
    const characters = [...new Set(lines.join('').normalize('NFC')), ' ', '  '];
    const known =
      name === 'byte' ? fc.string({ unit: 'grapheme' }) : fc.string({ unit: fc.constantFrom(...characters) });
    const text = known.filter((s) => !['</s>', '<unk>', '<pad>'].some((special) => s.includes(special)));
    fc.assert(
      fc.property(text, (s) => {
        expect(tokenizer.decode(tokenizer.encode(s), { skip_special_tokens: true })).toBe(normalise(s, kind));
      }),
      { numRuns: 300 },
    );
  });
});

describe('byte-pair training', () => {
  it('stops at vocab_size, special tokens included', () => {
    expect(trainBpe(lines, { vocab_size: 150 }).vocabSize).toBe(150);
    expect(trainBpe(lines, { vocab_size: 300, byte_level: true }).vocabSize).toBe(300);
  });

  it('shrinks to what the corpus yields, <pad> still last', () => {
    const tokenizer = trained({ vocab_size: 1000 }, ['ab ab']);
    expect(tokenizer.tokens(Array.from({ length: tokenizer.vocabSize }, (_, id) => id))).toEqual([
      '</s>',
      '<unk>',
      'a',
      'b',
      '▁',
      'ab',
      '▁ab',
      '<pad>',
    ]);
  });

  it('lists the characters that did not fit, and encodes them as <unk>', () => {
    const { json, config, unknownCharacters } = trainBpe(['aaaa bbb ccc d'], { vocab_size: 6 });
    expect(unknownCharacters).toEqual(['c', 'd']);
    expect(loadTokenizer(json, config).tokens(loadTokenizer(json, config).encode('a c'))).toEqual([
      '▁',
      'a',
      '▁',
      '<unk>',
      '</s>',
    ]);
  });

  it('a word shares its tokens with the same word before a full stop', () => {
    const tokenizer = trained({ vocab_size: 1000 }, Array(5).fill('the loom. a loom'));
    expect(tokenizer.tokens(tokenizer.encode('a loom.'))).toEqual(['▁a', '▁loom', '.', '</s>']);
    expect(tokenizer.tokens(tokenizer.encode('a loom .'))).toEqual(['▁a', '▁loom', '▁', '.', '</s>']);
  });

  it('never makes a special token out of text', () => {
    const { vocabulary, json, config } = trainBpe(Array(9).fill('</S> <UNK> </S>'), {
      vocab_size: 100,
      lowercase: true,
    });
    expect(vocabulary.tokens).not.toContain('</s>');
    expect(vocabulary.tokens).not.toContain('<unk>');
    const tokenizer = loadTokenizer(json, config);
    const ids = tokenizer.encode('</S>');
    expect(ids.indexOf(0)).toBe(ids.length - 1);
    expect(tokenizer.decode(ids, { skip_special_tokens: true })).toBe('</s>');
  });

  it('takes words that are names of object properties as words', () => {
    const line = '__proto__ constructor toString';
    const tokenizer = trained({ vocab_size: 200 }, Array(5).fill(line));
    expect(tokenizer.decode(tokenizer.encode(line), { skip_special_tokens: true })).toBe(line);
  });

  it.each([
    [{ vocab_size: 3 }, 'at least 4 (3 special tokens and one character), got 3'],
    [{ vocab_size: 258, byte_level: true }, 'at least 259 (3 special tokens and 256 bytes), got 258'],
    [{ vocab_size: 99.5 }, 'got 99.5'],
  ])('refuses %j', (options, message) => {
    expect(() => trainBpe(lines, options)).toThrow(InputError);
    expect(() => trainBpe(lines, options)).toThrow(message);
  });

  it('refuses a corpus without text', () => {
    expect(() => trainBpe(['', ''], { vocab_size: 100 })).toThrow('expected text to train on');
  });
});

describe('the vocabularies of a pair of languages', () => {
  const text = { source: lines.slice(0, 12), target: lines.slice(12, 19) };

  it('shared: one tokenizer, which knows both sides', () => {
    const { source, target } = trainTokenizers(text, { kind: 'bpe', vocab_size: 300 });
    expect(target).toBe(source);
    expect(source.json).toEqual(trainBpe(lines.slice(0, 19), { vocab_size: 300 }).json);
  });

  it('separate: each knows its side, and both have one size and one <pad>', () => {
    const { source, target } = trainTokenizers(text, { kind: 'bpe', vocab_size: 300, shared: false });
    const [a, b] = [source, target].map(({ json, config }) => loadTokenizer(json, config));
    expect(a.vocabSize).toBe(b.vocabSize);
    expect([a.padId, b.padId]).toEqual([a.vocabSize - 1, b.vocabSize - 1]);
    expect(a.encode('실')).toContain(a.unkId);
    expect(b.encode('실')).not.toContain(b.unkId);
    expect([...source.vocabulary.tokens, ...target.vocabulary.tokens].some((token) => token === '<unused0>')).toBe(
      true,
    );
  });
});
