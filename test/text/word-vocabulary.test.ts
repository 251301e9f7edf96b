import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { Vocabulary } from '../../src/text/words/vocabulary.ts';
import {
  charactersOf,
  characterVocabulary,
  labelVocabulary,
  wordVocabulary,
} from '../../src/text/words/vocabulary-build.ts';

const sentences = [
  ['the', 'loom', 'lifts', 'the', 'thread'],
  ['The', 'thread', 'breaks', '__proto__'],
];
const again = (vocabulary: Vocabulary) => Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)), 'words.json');

describe('a vocabulary of words', () => {
  it('begins with <pad> and <unk>; words follow by falling frequency, then in their order', () => {
    const vocabulary = wordVocabulary(sentences);
    expect(vocabulary.names).toEqual([
      '<pad>',
      '<unk>',
      'the',
      'thread',
      'The',
      '__proto__',
      'breaks',
      'lifts',
      'loom',
    ]);
    expect([vocabulary.padId, vocabulary.unkId, vocabulary.size]).toEqual([0, 1, 9]);
    expect(['the', 'loom', 'weaver', 'LOOM'].map((word) => vocabulary.idOf(word))).toEqual([2, 8, 1, 1]);
    expect([vocabulary.nameOf(3), vocabulary.has('loom'), vocabulary.has('weaver')]).toEqual(['thread', true, false]);
  });

  it('leaves out what is rare and what is too much', () => {
    expect(wordVocabulary(sentences, { min_frequency: 2 }).names.slice(2)).toEqual(['the', 'thread']);
    expect(wordVocabulary(sentences, { max_size: 5 }).names.slice(2)).toEqual(['the', 'thread', 'The']);
    expect(wordVocabulary(sentences, { max_size: 2 }).size).toBe(2);
  });

  it('counts and finds words in lower case when asked, a final sigma as any', () => {
    const vocabulary = wordVocabulary([...sentences, ['ΟΔΟΣ', 'οδοσ']], { lowercase: true, min_frequency: 2 });
    expect(vocabulary.names.slice(2)).toEqual(['the', 'thread', 'οδοσ']);
    expect([vocabulary.idOf('THE'), vocabulary.idOf('ΟΔΟΣ'), vocabulary.has('tHREAD')]).toEqual([2, 4, true]);
  });

  it('counts and finds words in NFC', () => {
    const vocabulary = wordVocabulary([['한글'.normalize('NFD'), '한글']], { min_frequency: 2 });
    expect(vocabulary.names.slice(2)).toEqual(['한글']);
    expect(vocabulary.idOf('한글'.normalize('NFD'))).toBe(2);
  });

  it('reads <unk> in a text as unknown, and <pad> never as padding', () => {
    const vocabulary = wordVocabulary([['<unk>', '<unk>', '<pad>', 'a']]);
    expect(vocabulary.names).toEqual(['<pad>', '<unk>', 'a']);
    expect(['<unk>', '<pad>'].map((word) => vocabulary.idOf(word))).toEqual([1, 1]);
  });

  it('comes back from its JSON, every id and option', () => {
    const vocabulary = wordVocabulary(sentences, { lowercase: true });
    const loaded = again(vocabulary);
    expect(loaded.names).toEqual(vocabulary.names);
    expect([loaded.idOf('THE'), loaded.idOf('__proto__'), loaded.idOf('none'), loaded.padId]).toEqual([2, 4, 1, 0]);
    expect(JSON.stringify(loaded)).toBe(JSON.stringify(vocabulary));
  });
});

describe('a vocabulary of characters', () => {
  it('has code points of NFC, blanks and newlines too', () => {
    const vocabulary = characterVocabulary(['한글'.normalize('NFD'), '한 😀\n']);
    expect(vocabulary.names).toEqual(['<pad>', '<unk>', '한', '\n', ' ', '글', '😀']);
    expect(charactersOf('글😀'.normalize('NFD')).map((c) => vocabulary.idOf(c))).toEqual([5, 6]);
  });
});

describe('a vocabulary of labels', () => {
  it('has neither padding nor unknown, and is in order', () => {
    const vocabulary = labelVocabulary(['O', 'B-PER', 'O', 'B-LOC']);
    expect(vocabulary.names).toEqual(['B-LOC', 'B-PER', 'O']);
    expect([vocabulary.padId, vocabulary.unkId, vocabulary.idOf('O')]).toEqual([null, null, 2]);
    expect(again(vocabulary).names).toEqual(vocabulary.names);
  });

  it('puts numbers in their order, so that a label from 0 on is its own id', () => {
    expect(labelVocabulary(['10', '2', '0', '1', '3', '9', '8', '7', '6', '5', '4']).idOf('10')).toBe(10);
    expect(labelVocabulary(['10', '9', '-1']).names).toEqual(['-1', '10', '9']);
  });

  it('refuses a label that it does not have, and names the nearest', () => {
    const vocabulary = labelVocabulary(['positive', 'negative']);
    expect(() => vocabulary.idOf('positve')).toThrow(
      'vocabulary: expected one of negative, positive, got "positve"; did you mean "positive"?',
    );
    const many = labelVocabulary(Array.from({ length: 77 }, (_, i) => `intent ${i}`));
    expect(() => many.idOf('x')).toThrow('vocabulary: expected one of 77 labels, got "x"');
  });
});

describe('a vocabulary is refused when', () => {
  const json = { pad_token: '<pad>', unk_token: '<unk>', lowercase: false, names: ['<pad>', '<unk>', 'a'] };

  it.each<[string, unknown, string]>([
    ['it is none', [], 'words.json: expected a mapping of fields, got a list'],
    ['a field is unknown', { ...json, vocab: {} }, 'words.json: unknown field "vocab"'],
    ['a name is no text', { ...json, names: ['<pad>', '<unk>', 3] }, 'words.json: names.2: expected a string, got 3'],
    [
      'a name stands twice',
      { ...json, names: [...json.names, 'a'] },
      'words.json: expected different names, got "a" twice',
    ],
    [
      'a special name is not there',
      { ...json, unk_token: '[UNK]' },
      'words.json: expected "[UNK]" among the names, got none',
    ],
  ])('%s', (_, value, message) => {
    expect(() => Vocabulary.fromJSON(value, 'words.json')).toThrow(InputError);
    expect(() => Vocabulary.fromJSON(value, 'words.json')).toThrow(message);
  });

  it('an option is out of range, or there are no labels', () => {
    expect(() => wordVocabulary([], { min_frequency: 0 })).toThrow('min_frequency must be an integer ≥ 1, got 0');
    expect(() => wordVocabulary([], { max_size: 1 })).toThrow('max_size must be an integer of at least 2');
    expect(() => wordVocabulary([], { max_size: 2.5 })).toThrow('got 2.5');
    expect(() => labelVocabulary([])).toThrow('vocabulary: expected labels, got none');
  });

  it.each([-1, 3, 0.5, Number.NaN])('it is asked for the name of %d', (id) => {
    expect(() => Vocabulary.fromJSON(json, 'x').nameOf(id)).toThrow(
      `vocabulary: an id must be an integer in [0, 3), got ${id}`,
    );
  });
});
