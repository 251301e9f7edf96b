import { expect, it } from 'vitest';
import { unigramCutter } from '../../src/text/encode/unigram.ts';

const vocab = [
  ['<unk>', 0],
  ['x', -5],
  ['xy', -0.1],
  ['yz', -20],
  ['a', -1],
  ['aa', -2],
  ['가', -3],
  ['나다', -4],
] as const;

/** What tokenizers 0.23.3 gives for the same vocabulary. */
it.each([
  ['an unknown character costs ten more than the rarest token', 'xyz', ['x', 'yz']],
  ['of equal ways the one with the longest last token is taken', 'aa', ['aa']],
  ['and so from the left', 'aaa', ['a', 'aa']],
  ['unknown neighbours are one part', 'x가qq나다', ['x', '가', 'qq', '나다']],
  ['a character of two units is one', '🙂가🙂🙂', ['🙂', '가', '🙂🙂']],
  ['nothing has no parts', '', []],
])('Unigram: %s', (_, word, parts) => {
  const cut = unigramCutter({ vocab, unk_id: 0 });
  expect(cut(word).map(({ start, end }) => word.slice(start, end))).toEqual(parts);
});

it('Unigram: pieces that are not the vocabulary have no unknown one', () => {
  const cut = unigramCutter({
    vocab: [['<unk>', 0]],
    unk_id: 0,
    pieces: [
      ['ab', -1],
      ['a', -2],
    ],
  });
  expect(cut('abac').map(({ start, end }) => [start, end])).toEqual([
    [0, 2],
    [2, 3],
    [3, 4],
  ]);
});
