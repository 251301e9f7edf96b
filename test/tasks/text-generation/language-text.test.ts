import { describe, expect, test } from 'vitest';
import type { DocumentKind } from '../../../src/data/read/document.ts';
import { encodeLanguageText, encodingOf, startToken } from '../../../src/tasks/text-generation/language-text.ts';
import { loadTokenizer } from '../../../src/text/tokenizer.ts';
import { type OneTokenizerOptions, trainTokenizer } from '../../../src/text/train/vocabulary.ts';

const text = '한글 loom\n\nwarp 😀\n';

function read(options: OneTokenizerOptions, kind: DocumentKind, given = text) {
  const lines = kind === 'text' ? [given] : given.split('\n');
  const { json, config } = trainTokenizer(lines, { ...options, ...encodingOf(kind) });
  const tokenizer = loadTokenizer(json, config);
  const start = startToken(tokenizer, kind);
  return { tokenizer, start, ...encodeLanguageText(given, kind, tokenizer, start) };
}

const bytes: OneTokenizerOptions = { kind: 'bpe', vocab_size: 270, byte_level: true };

describe('a running text', () => {
  test.each([
    ['characters', { kind: 'char' }],
    ['bytes', bytes],
  ] as const)('of %s begins after a newline and is complete', (_, options) => {
    const { tokenizer, start, ids, characters, unknown } = read(options, 'text');
    expect(tokenizer.decode([start])).toBe('\n');
    expect(ids[0]).toBe(start);
    expect(tokenizer.decode(ids.subarray(1))).toBe(text);
    expect([characters, unknown]).toEqual([[...text].length, 0]);
  });

  test.each([
    ['words', { kind: 'word' }, text],
    ['characters without a newline', { kind: 'char' }, 'abab'],
  ] as const)('of %s begins with the end token, the only other that is no text', (_, options, given) => {
    const { tokenizer, start, ids } = read(options, 'text', given);
    expect(start).toBe(tokenizer.eosId);
    expect(ids[0]).toBe(start);
    expect([...ids.subarray(1)]).toEqual(tokenizer.encode(given));
  });

  test('counts the same tokens and characters, composed or decomposed', () => {
    const { tokenizer, start, ids, characters } = read(bytes, 'text');
    const decomposed = encodeLanguageText(text.normalize('NFD'), 'text', tokenizer, start);
    expect([[...decomposed.ids], decomposed.characters]).toEqual([[...ids], characters]);
  });

  test('counts what is unknown', () => {
    const { tokenizer, start } = read({ kind: 'char' }, 'text');
    expect(encodeLanguageText('loom §§', 'text', tokenizer, start).unknown).toBe(2);
  });
});

const play = 'FIRST:\nTo be, or not to be: that is\nthe question.\n\n한글 (loom)...\nTo  be warp 😀.\n'.repeat(20);

describe.each([
  ['bytes', { kind: 'bpe', vocab_size: 400, byte_level: true }],
  ['characters paired', { kind: 'bpe', vocab_size: 120 }],
  ['characters', { kind: 'char' }],
  ['words', { kind: 'word' }],
] as const)('a prompt of %s', (_, options) => {
  const { tokenizer, ids } = read(options, 'text', play);
  const places = (pattern: RegExp) => Array.from(play.matchAll(pattern), ({ index }) => index);

  test('has the tokens that the training text has at its place', () => {
    const starts = places(/(?<=\n)[\s\S]|(?<=\S) /g);
    expect(starts.length).toBeGreaterThan(200);
    for (const start of starts) {
      const prompt = tokenizer.encode(play.slice(start));
      expect([play.slice(start, start + 20), prompt]).toEqual([
        play.slice(start, start + 20),
        [...ids.subarray(ids.length - prompt.length)],
      ]);
    }
  });

  test('that ends after a word is read as the beginning of what the training text has there', () => {
    for (const end of places(/(?<=\p{L})[^\p{L}\p{M}]/gu)) {
      const prompt = tokenizer.encode(play.slice(0, end));
      if (options.kind === 'word' && !/\s/.test(play[end])) continue;
      expect(prompt).toEqual([...ids.subarray(1, 1 + prompt.length)]);
    }
  });

  test('comes back unchanged, including blanks at its beginning', () => {
    for (const text of ['To be', ' To be', '\nTo be', '\n\n  To be\n', '한글 (loom)...']) {
      const decoded = tokenizer.decode(tokenizer.encode(text), { skip_special_tokens: true });
      expect(decoded).toBe(options.kind === 'word' ? text.trim().replace(/\s+/g, ' ') : text);
    }
  });
});

describe('lines', () => {
  test.each([
    ['characters', { kind: 'char' }],
    ['words', { kind: 'word' }],
    ['bytes', bytes],
  ] as const)('of %s are separated by one end token; blank ones are skipped', (_, options) => {
    const { tokenizer, start, ids, characters } = read(options, 'lines');
    expect(start).toBe(tokenizer.eosId);
    const [one, two] = ['한글 loom', 'warp 😀'].map((line) => tokenizer.encode(line));
    expect([one[0], two[0]]).toEqual([start, start]);
    expect([...ids]).toEqual([...one, ...two, start]);
    expect(tokenizer.decode(ids, { skip_special_tokens: true })).toMatch(/^한글 loom ?warp 😀$/);
    expect(characters).toBe('한글 loom'.length + 1 + 'warp 😀'.length - 1 + 1);
  });
});
