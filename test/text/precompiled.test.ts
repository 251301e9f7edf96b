import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PlacedText } from '../../src/text/encode/placed-text.ts';
import { precompiled } from '../../src/text/encode/precompiled.ts';
import { sentencePiece } from '../../src/text/encode/sentence-piece.ts';

const t5 = JSON.parse(readFileSync(new URL('../golden/tokenizers/t5/tokenizer.json', import.meta.url), 'utf8'));
const charsmap: string = t5.normalizer.normalizers[0].precompiled_charsmap;
const marks = [
  '\u0301',
  '\u0344',
  '\u200d',
  '\ufe0f',
  '\u{1f3fd}',
  '\u0e33',
  '\r',
  '\n',
  'e',
  'q',
  '1',
  'ﬁ',
  '가',
  '\u1100',
  '\u1161',
];
const texts = fc
  .array(fc.oneof(fc.constantFrom(...marks), fc.string({ unit: 'grapheme', maxLength: 3 })))
  .map((all) => all.join(''));

it('a table replaces the same in a text alone and in a text with places', () => {
  const { plain, placed } = precompiled(charsmap, 'table');
  fc.assert(
    fc.property(texts, (text) => {
      expect(plain(text)).toBe(placed(PlacedText.of(text)).text);
    }),
  );
});

it.each([true, false])('SentencePiece normalizes the same in a text alone and in one with places (%s)', (is) => {
  const form = { add_dummy_prefix: is, remove_extra_whitespaces: is, drops_language_codes: true };
  for (const map of [charsmap, '']) {
    const { plain, placed } = sentencePiece(map, form, 'table');
    const spaced = fc
      .array(fc.oneof(texts, fc.constantFrom(' ', '  ', '▁', '>>', '<<', '>>fr<<')))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(spaced, (text) => {
        expect(placed(PlacedText.of(text)).text).toBe(plain(text));
      }),
    );
  }
});

it('SentencePiece normalizes as its own library does', () => {
  const form = { add_dummy_prefix: true, remove_extra_whitespaces: true, drops_language_codes: true };
  const { plain } = sentencePiece(charsmap, form, 'table');
  expect(plain('  two  words\t')).toBe('▁two▁words');
  expect(plain('>>fr<< e\u0301 \ufb01')).toBe('▁é▁fi');
  expect(plain(' \u3000 ')).toBe('');
  expect(plain('▁')).toBe('');
});
