import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placedCharacters } from '../../src/text/words/placed-character.ts';

test('characters of a composed text stand where they are', () => {
  expect(placedCharacters('서 é😀x')).toEqual([
    { word: '서', start: 0, end: 1 },
    { word: ' ', start: 1, end: 2 },
    { word: 'é', start: 2, end: 3 },
    { word: '😀', start: 3, end: 5 },
    { word: 'x', start: 5, end: 6 },
  ]);
});

test('characters of a decomposed text are those of NFC, with their places in the text as given', () => {
  expect(placedCharacters('한é'.normalize('NFD'))).toEqual([
    { word: '한', start: 0, end: 3 },
    { word: 'é', start: 3, end: 5 },
  ]);
});

test('any text gives the characters of its NFC, in places that follow one another', () => {
  const letters =
    'aé가각힣ᄀ\u1161\u11a8\u0301\u0323\u09c7\u09be\u1100\u0f71\u0f72\u212b\u0344\ud834\udd5e \u{1d165}\u{1d15f}';
  const any = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...letters),
      fc
        .integer({ min: 0, max: 0x10ffff })
        .filter((c) => c < 0xd800 || c > 0xdfff)
        .map((c) => String.fromCodePoint(c)),
    ),
  });
  fc.assert(
    fc.property(any, (text) => {
      const found = placedCharacters(text);
      expect(found.map(({ word }) => word).join('')).toBe(text.normalize('NFC'));
      let [start, end] = [0, 0];
      for (const one of found) {
        expect(one.start === start || one.start === end).toBe(true);
        expect(one.end).toBeGreaterThan(one.start);
        [start, end] = [one.start, one.end];
      }
      expect(end).toBe(text.length);
    }),
    { numRuns: 3000 },
  );
});

test('every character that NFC joins to one before is known', () => {
  // Composition: c after some starter changes; all of them are marks or jamo.
  for (let code = 0; code < 0x30000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const character = String.fromCodePoint(code);
    const parts = [...character.normalize('NFD')];
    if (parts.length < 2 || character.normalize('NFC') !== character) continue;
    const found = placedCharacters(parts.join(''));
    expect([code.toString(16), found.length]).toEqual([code.toString(16), 1]);
  }
});
