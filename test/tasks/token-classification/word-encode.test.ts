import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { diskFolder } from '../../../src/io/disk-folder.ts';
import { byExample } from '../../../src/tasks/run/encoded-row.ts';
import { wordFeeds, wordNumbers, wordStarts } from '../../../src/tasks/token-classification/words/word-batch.ts';
import { encodeWords } from '../../../src/tasks/token-classification/words/word-encode.ts';
import type { WordReader } from '../../../src/tasks/token-classification/words/word-reader.ts';
import { readerOfPieces } from '../../../src/tasks/token-classification/words/word-reader-piece.ts';
import { readerOfWords } from '../../../src/tasks/token-classification/words/word-reader-word.ts';
import { readTokenizer } from '../../../src/text/convert/read-tokenizer.ts';
import { loadTokenizer } from '../../../src/text/tokenizer.ts';
import { trainTokenizer } from '../../../src/text/train/vocabulary.ts';
import { characterVocabulary, wordVocabulary } from '../../../src/text/words/vocabulary-build.ts';

const sentences = [
  ['학교에서', 'a', 'teacher', 'teaches', '한국어를'],
  ['unbelievably', '학교', '.'],
];
const where = (sentence: number, word: number) => `${sentence}:${word}`;
const unlimited = { maxTokens: Number.POSITIVE_INFINITY, where };

const lines = ['학교에 간다', '학교에서 한국어를 배운다', 'a teacher teaches', 'the teacher', 'belief and unbelief'];
const trained = (byte_level: boolean) =>
  trainTokenizer(lines, { kind: 'bpe', vocab_size: byte_level ? 280 : 60, byte_level });

describe.each([true, false])('byte pairs, from bytes: %s', (byteLevel) => {
  const { json, config } = trained(byteLevel);
  const tokenizer = loadTokenizer(json, config);
  const reader = readerOfPieces(tokenizer, {});
  const encoded = encodeWords(sentences, reader, unlimited);

  test('every position is that of a word’s first piece, and the pieces up to the next spell the word', () => {
    sentences.forEach((words, i) => {
      const ids = Array.from(encoded.rows[i].ids);
      const places = Array.from(encoded.rows[i].places);
      const ends = [...places.slice(1), ids.length - reader.frame.after.length];
      words.forEach((word, w) => {
        const pieces = ids.slice(places[w], ends[w]);
        const known = byteLevel || !pieces.includes(tokenizer.unkId ?? -1);
        if (known) expect(tokenizer.decode(pieces)).toBe(word);
        expect(pieces.length).toBeGreaterThan(0);
      });
    });
  });

  test('words are split as in the whole text', () => {
    sentences.forEach((words, i) => {
      expect(Array.from(encoded.rows[i].ids)).toEqual(tokenizer.encode(words.join(' ')));
    });
  });

  test('the template’s end token stands after the sentence, once', () => {
    expect(reader.frame).toEqual({ before: [], after: [tokenizer.eosId] });
    for (const { ids } of encoded.rows) expect(ids.indexOf(tokenizer.eosId ?? -1)).toBe(ids.length - 1);
  });

  test.each(['학교에서', 'unbelievably'])('%s has several pieces', (word) => {
    expect(reader.tokensOf(word, true).length).toBeGreaterThan(1);
  });

  test('a word without a piece is one unknown token', () => {
    expect(reader.tokensOf('', true)).toEqual([reader.unknownId]);
  });
});

/** Published tokenizers, and the token that each has for a dropped word. */
const published: readonly (readonly [name: string, dropped: string | null])[] = [
  ['gpt2', null],
  ['roberta', '<unk>'],
  ['bert_cased', '[UNK]'],
  ['convert/xlm_roberta', '<unk>'],
  ['convert/roberta_plain', '<unk>'],
  ['convert/albert_cased', '<unk>'],
];

describe.each(published)('the published tokenizer %s', async (name, dropped) => {
  const folder = diskFolder(fileURLToPath(new URL(`../../golden/tokenizers/${name}`, import.meta.url)));
  const { source } = await readTokenizer(folder);
  const tokenizer = loadTokenizer(source.json, source.config);

  test.each([true, false])('splits words as in the whole text, unless words are characters: %s', (isOfCharacters) => {
    const words = ['The', 'loom', 'lifts', '한국어', 'threads', '.'];
    const { rows } = encodeWords([words], readerOfPieces(tokenizer, {}, isOfCharacters), unlimited);
    const inText = tokenizer.encode(words.join(' '));
    const alone = words.map((word) => tokenizer.encode(word).slice(tokenizer.specialTokensToAdd.single ? 1 : 0));
    const [ids = new Int32Array(0)] = rows.map((row) => row.ids);
    if (!isOfCharacters) expect(Array.from(ids)).toEqual(inText);
    else expect(ids[rows[0]?.places[1] ?? 0]).toBe(alone[1]?.[0]);
  });

  test('has a token for dropped words, which does not begin, end or fill up texts, or none', () => {
    const { droppedId } = readerOfPieces(tokenizer, {});
    expect(droppedId === null ? null : tokenizer.tokens([droppedId])[0]).toBe(dropped);
  });

  test('puts its mask token in the place of dropped words where the unknown token is the end token', () => {
    const masked = { ...tokenizer, unkId: tokenizer.eosId, maskId: 7 };
    expect(readerOfPieces(masked, {}).droppedId).toBe(7);
  });
});

/** Every letter is a piece, ids by code point, within a frame. */
const letters: WordReader = {
  frame: { before: [1000], after: [1001, 1002] },
  tokensOf: (word) => Array.from(word, (letter) => letter.codePointAt(0) ?? 0),
  size: 2000,
  padTokenId: 0,
  unknownId: 1,
  droppedId: 1,
  isOfCharacters: false,
  files: {},
};

describe('a sentence longer than the positions', () => {
  const encoded = encodeWords([['ab', 'c', 'def', 'ghijkl', 'm'], ['x']], letters, { maxTokens: 7, where });
  const spelt = encoded.rows.map(({ ids }) => String.fromCodePoint(...Array.from(ids).filter((id) => id < 1000)));

  test('is divided between words, each part framed; a word that is too long keeps its first pieces', () => {
    expect(spelt).toEqual(['abc', 'def', 'ghij', 'm', 'x']);
    for (const { ids } of encoded.rows) {
      expect([ids[0], ...ids.slice(-2)]).toEqual([1000, 1001, 1002]);
      expect(ids.length).toBeLessThanOrEqual(7);
    }
    expect(encoded.rows.map(({ places }) => Array.from(places))).toEqual([[1, 3], [1], [1], [1], [1]]);
  });

  test('has every token’s word by the place of its first token in the batch; none for the frame and padding', () => {
    const [two, one] = encoded.rows;
    const { shape, data } = wordStarts([one, two], 8);
    expect([shape, Array.from(data as Int32Array)]).toEqual([
      [2, 8],
      [-1, 1, 1, 1, -1, -1, -1, -1, -1, 9, 9, 11, -1, -1, -1, -1],
    ]);
  });

  test('keeps every word, in its place', () => {
    expect(encoded.divided).toBe(1);
    expect(encoded.cut).toEqual([{ sentence: 0, word: 3 }]);
    const words = spelt.map((text, part) => Array.from(encoded.rows[part].places, (_, i) => `${text}/${i}`));
    expect(byExample(encoded.rows, words, 2).map((parts) => parts.flat())).toEqual([
      ['abc/0', 'abc/1', 'def/0', 'ghij/0', 'm/0'],
      ['x/0'],
    ]);
    expect(encoded.where(2)).toBe('0:3');
  });

  test('needs room for one token', () => {
    expect(() => encodeWords([['a']], letters, { maxTokens: 3, where })).toThrow(
      /expected room for at least 4 tokens, got 3/,
    );
  });
});

describe('words as tokens', () => {
  const words = wordVocabulary(sentences, { lowercase: true });
  const characters = characterVocabulary(sentences.flat());
  const reader = readerOfWords(words, characters);

  test('are lower-cased while their characters are not, unknown ones counted', () => {
    const encoded = encodeWords([['Teacher', 'nobody']], reader, unlimited);
    expect(Array.from(encoded.rows[0].ids)).toEqual([words.idOf('teacher'), words.unkId]);
    expect(encoded.words).toEqual({ all: 2, unknown: 1 });
    expect(encoded.rows[0].characters?.[0][0]).toBe(characters.unkId);
    expect(encoded.rows[0].characters?.[0][1]).toBe(characters.idOf('e'));
  });

  test('are read from both ends if they are long', () => {
    const long = `${'a'.repeat(20)}${'t'.repeat(20)}`;
    const ids = reader.charactersOf?.(long) ?? [];
    const [a, t] = ['a', 't'].map((character) => characters.idOf(character));
    expect(Array.from(ids)).toEqual([...new Array(8).fill(a), ...new Array(8).fill(t)]);
  });
});

describe('a batch', () => {
  const reader = readerOfWords(wordVocabulary([['a', 'b', 'c']]), characterVocabulary(['a', 'bc']));
  const encoded = encodeWords([['a'], ['b', 'bc', 'a']], reader, unlimited);
  const model = { model: { inputs: [] }, tokens: { padTokenId: 0 } };

  test('has places in the flattened tokens, and every word’s characters once, with a 0 between words', () => {
    const { input_ids, word_places, character_ids, character_ends } = wordFeeds(encoded.rows.toReversed(), model);
    expect(input_ids.shape).toEqual([2, 3]);
    expect([word_places.shape, Array.from(word_places.data as Int32Array)]).toEqual([
      [2, 3],
      [0, 1, 2, 3, 0, 0],
    ]);
    const [b, c, a] = ['b', 'c', 'a'].map((letter) => reader.charactersOf?.(letter)[0]);
    expect([character_ids?.shape, Array.from(character_ids?.data as Int32Array)]).toEqual([
      [3, 2],
      [b, c, b, 0, a, 0],
    ]);
    expect([character_ends?.shape, Array.from(character_ends?.data as Int32Array)]).toEqual([
      [2, 3, 2],
      [2, 2, 1, 0, 4, 4, 4, 4, 0, 0, 0, 0],
    ]);
  });

  test('of single words has places for two, so that a chain has a step', () => {
    const alone = encoded.rows.slice(0, 1);
    expect(wordFeeds(alone, model).word_places.shape).toEqual([1, 2]);
    const labels = wordNumbers(alone, () => Int32Array.of(7), { filler: -100 });
    expect([labels.shape, Array.from(labels.data as Int32Array)]).toEqual([
      [1, 2],
      [7, -100],
    ]);
  });
});
