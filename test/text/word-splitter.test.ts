import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wordSplitters } from '../../src/text/words/splitter.ts';

const split = (text: string) => wordSplitters.unicode(text).map(({ word }) => word);

describe('the Unicode word splitter', () => {
  test.each([
    ['He lives (in London), "X"!', 'He lives ( in London ) , " X " !'],
    ['London.', 'London .'],
    ['It costs $3.14, or 1,000.50 at 10:30 on 1998-05-03.', 'It costs $ 3.14 , or 1,000.50 at 10:30 on 1998-05-03 .'],
    ["don't; Lee's, l’amour 'quoted' the 1980's", "don't ; Lee's , l’amour ' quoted ' the 1980's"],
    ['the U.S. and e.g. Mr. X', 'the U.S. and e.g. Mr . X'],
    ['well-known 15-year-old', 'well - known 15 - year - old'],
    [
      'see https://example.com/a_b?c=1. or (www.x.org), mail a.b@c.co.kr!',
      'see https://example.com/a_b?c=1 . or ( www.x.org ) , mail a.b@c.co.kr !',
    ],
    ['@user loves #warp but # 1', '@user loves #warp but # 1'],
    ['What?! No... yes!!', 'What ? ! No ... yes !!'],
    ['서울에서 열린 회의에, 8개국이 참여한다.', '서울에서 열린 회의에 , 8개국이 참여한다 .'],
    ["태양의 1.2배에서 '우정'이라는 홍길동(35)은 10%를", "태양의 1.2배에서 ' 우정 ' 이라는 홍길동 ( 35 ) 은 10 % 를"],
    ['“우정”이라는 2004~2009년 서울·부산', '“ 우정 ” 이라는 2004 ~ 2009년 서울 · 부산'],
    ['👩‍👩‍👧 ok 👍🏽🇰🇷🇫🇷 ❤️', '👩‍👩‍👧 ok 👍🏽 🇰🇷 🇫🇷 ❤️'],
    ['naïve café\u0301 हिन्दी भाषा।', 'naïve café\u0301 हिन्दी भाषा ।'],
    ['a_b x=y \t\n z', 'a_b x = y z'],
    ['', ''],
  ])('reads %j', (text, words) => {
    expect(split(text)).toEqual(words === '' ? [] : words.split(' '));
  });

  test('reads decomposed text as composed', () => {
    const text = "서울에서 열린 café's 8개국.";
    expect(split(text.normalize('NFD'))).toEqual(split(text).map((word) => word.normalize('NFD')));
  });

  test('keeps every sign but blanks, each where it stands in UTF-16 units', () => {
    const texts = fc.string({ unit: fc.constantFrom(..."ab1.,:/-'’@#_ 서울ㄱ\u0301\u200d😀👩🇰(…!") });
    fc.assert(
      fc.property(fc.oneof(texts, fc.string({ unit: 'grapheme' })), (text) => {
        let end = 0;
        for (const one of wordSplitters.unicode(text)) {
          expect(text.slice(end, one.start).trim()).toBe('');
          expect(text.slice(one.start, one.end)).toBe(one.word);
          expect(one.word).not.toBe('');
          end = one.end;
        }
        expect(text.slice(end).trim()).toBe('');
      }),
      { numRuns: 1000 },
    );
  });

  test.each(['a-', '.-', "a'", '@', 'http://', 'www.', 'a.', '!?', '서', '9,'])(
    'needs no more than a moment for 200,000 times %j',
    (piece) => {
      const start = performance.now();
      wordSplitters.unicode(piece.repeat(200_000));
      expect(performance.now() - start).toBeLessThan(2000);
    },
  );
});
