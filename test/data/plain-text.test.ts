import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readText, splitText } from '../../src/data/read/plain-text.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'plain-text-'));
  await writeFile(join(root, 'play.txt.gz'), gzipSync('First:\n  Speak, 말해.\n\nAll:\nSpeak.\n'));
  await writeFile(join(root, 'blank.txt'), ' \n\n');
});
afterAll(() => rm(root, { recursive: true }));

describe('running text', () => {
  it('keeps every blank and newline', async () => {
    expect(await readText(root, 'play.txt.gz')).toBe('First:\n  Speak, 말해.\n\nAll:\nSpeak.\n');
  });

  it('is refused when it is blank or not there', async () => {
    await expect(readText(root, 'blank.txt')).rejects.toThrow('data blank.txt: expected text, got only blanks');
    await expect(readText(root, 'no.txt')).rejects.toThrow('no.txt: no such file');
  });

  it.each([
    [10, 0.1, 9],
    [11, 0.1, 9],
    [1_115_394, 0.1, 1_003_854],
    [10, 0.3, 7],
    [100, 0.07, 93],
  ])('of %d characters leaves, %d aside, the first %d to train on', (length, share, trained) => {
    const { train, validation } = splitText('x'.repeat(length), share);
    expect([train.length, validation.length]).toEqual([trained, length - trained]);
  });

  it('is cut in order, and never within a code point', () => {
    expect(splitText('abc😀d', 0.3)).toEqual({ train: 'abc😀', validation: 'd' });
    expect(splitText('한글을 읽는다', 0.5)).toEqual({ train: '한글을', validation: ' 읽는다' });
  });

  it('is not cut when either part would be empty, or the share is invalid', () => {
    expect(() => splitText('')).toThrow('data: expected enough text for two parts, got 0 characters');
    expect(() => splitText('a')).toThrow('got 1 characters');
    expect(() => splitText('abc', 1)).toThrow('data: the share of validation must be in (0, 1), got 1');
  });
});
