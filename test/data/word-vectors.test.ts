import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWordVectors } from '../../src/data/read/word-vectors.ts';
import { InputError } from '../../src/io/error.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'word-vectors-'));
});
afterAll(() => rm(folder, { recursive: true }));

const glove = 'the 0.5 -1.25 2e-3\n. . . 1 2 3\n베틀 -0 .5 7.\n7 4 5 6\n';

async function vectorsOf(name: string, bytes: string | Uint8Array, words: readonly string[]) {
  await writeFile(join(folder, name), bytes);
  const { dimension, vectors } = await readWordVectors(join(folder, name), words);
  return { dimension, vectors: Object.fromEntries([...vectors].map(([word, vector]) => [word, [...vector]])) };
}

describe('word vectors', () => {
  it.each([
    ['GloVe', 'glove.txt', glove],
    ['packed GloVe', 'glove.txt.gz', gzipSync(glove)],
    ['fastText, with its header and blanks at line ends', 'fast.vec', `4 3 \n${glove.replaceAll('\n', ' \n')}`],
    ['a file with the line ends of Windows and none at its end', 'dos.txt', glove.trimEnd().replaceAll('\n', '\r\n')],
  ])('of the requested words come from %s', async (_, name, bytes) => {
    expect(await vectorsOf(name, bytes, ['베틀', 'the', '. . .', 'loom', '7'])).toEqual({
      dimension: 3,
      vectors: {
        the: [0.5, -1.25, Math.fround(2e-3)],
        '. . .': [1, 2, 3],
        베틀: [-0, 0.5, 7],
        7: [4, 5, 6],
      },
    });
  });

  it('are kept for requested words only, though all are counted', async () => {
    expect(await vectorsOf('one.txt', glove, ['the'])).toMatchObject({
      dimension: 3,
      vectors: { the: [0.5, -1.25, expect.anything()] },
    });
    expect(await vectorsOf('none.txt', glove, [])).toEqual({ dimension: 3, vectors: {} });
  });

  it('with a number of a million digits take no time to refuse', async () => {
    await expect(vectorsOf('long.vec', `the ${'9'.repeat(1e6)}y 1\n`, ['the'])).rejects.toThrow(
      'expected finite numbers',
    );
  }, 5000);

  it('come from lines that span chunks of the file', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `단어${i} ${i} ${-i}.5 ${'1'.repeat(30)}`);
    const { vectors } = await vectorsOf('large.txt', lines.join('\n'), ['단어0', '단어1777', '단어2999']);
    expect(vectors.단어1777.slice(0, 2)).toEqual([1777, -1777.5]);
    expect(vectors.단어2999.slice(0, 2)).toEqual([2999, -2999.5]);
  });
});

describe('word vectors are refused when', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['a line is narrower', 'the 1 2 3\nloom 1 2\n', ':2: expected a word and 3 numbers, got 2 after "loom 1 2"'],
    ['a line is wider', 'the 1 2 3\nloom 1 2 3 4\n', ':2: expected a word and 3 numbers, got 4 after "loom 1 2 3 4"'],
    ['a line is wider than its header says', '1 3\nloom 1 2 3 4\n', ':2: expected a word and 3 numbers, got 4 after'],
    ['a line is blank', 'the 1 2 3\n\n', ':2: expected a word and 3 numbers, got ""'],
    ['a line has no word', 'the 1 2 3\n 1 2 3\n', ':2: expected a word and 3 numbers, got 3 after " 1 2 3"'],
    ['the first line has no numbers', 'the\n', ':1: expected a word and its numbers, got "the"'],
    ['a number is none', 'the 1 2 3\nloom 1 x 3\n', ':2: expected finite numbers, got "x"'],
    ['a number is missing between two blanks', 'loom 1  3\n', ':1: expected finite numbers, got ""'],
    ['a number is too large', 'loom 1 1e39 3\n', ':1: expected finite numbers, got "1e39"'],
    ['a number is not finite', 'loom 1 NaN 3\n', ':1: expected finite numbers, got "NaN"'],
    ['a word stands twice', 'loom 1 2\nthe 1 2\nloom 1 2\n', ':3: expected a word once, got "loom" again'],
    ['there are fewer than the header says', '3 2\nloom 1 2\n', ': expected 3 vectors, as its first line says, got 1'],
    ['there is only a header', '3 2\n', ': expected words and their vectors, got none'],
    ['the file is empty', '', ': expected words and their vectors, got none'],
    ['a line is not UTF-8', Buffer.from('loom 1\nl\xe9 2\n', 'latin1'), ':2: expected UTF-8, got other bytes'],
  ])('%s', async (_, bytes, told) => {
    const error = await vectorsOf('bad.txt', bytes, ['loom']).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(`bad.txt${told}`);
  });

  it('a packed file is truncated or not packed, or there is none', async () => {
    const torn = vectorsOf('torn.txt.gz', gzipSync(glove).subarray(0, 40), ['the']);
    await expect(torn).rejects.toThrow('torn.txt.gz: expected a complete gzip file, got a truncated or damaged one');
    await expect(vectorsOf('plain.txt.gz', glove, [])).rejects.toThrow('plain.txt.gz: expected a complete gzip file');
    await expect(readWordVectors(join(folder, 'no.txt'), [])).rejects.toThrow('no.txt: no such file');
    await expect(readWordVectors(join(folder, 'no.txt.gz'), [])).rejects.toThrow('no such file');
    await expect(readWordVectors(folder, [])).rejects.toThrow('expected a readable text file, got a folder');
  });
});
