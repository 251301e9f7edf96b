import { loadTokenizer } from '../../../text/tokenizer.ts';
import { trainTokenizer } from '../../../text/train/vocabulary.ts';
import { characterVocabulary, wordVocabulary } from '../../../text/words/vocabulary-build.ts';
import { tokenizerFiles } from '../../folder/tokenizer-file.ts';
import type { WordReader } from './word-reader.ts';
import { readerOfPieces } from './word-reader-piece.ts';
import { readerOfCharacters, readerOfWords } from './word-reader-word.ts';
import type { WordTokenizer } from './word-tokenizer.ts';

type Sentences = readonly (readonly string[])[];

type Trainer = (sentences: Sentences, options: WordTokenizer) => WordReader;

const sizes = ({ vocab_size: max_size, min_frequency, lowercase }: WordTokenizer) => ({
  ...(max_size !== undefined && { max_size }),
  min_frequency,
  lowercase,
});

/** How to train a reader of each kind from the words of sentences. */
const trainers: Readonly<Record<WordTokenizer['kind'], Trainer>> = {
  word: (sentences, options) =>
    readerOfWords(
      wordVocabulary(sentences, sizes(options)),
      options.characters ? characterVocabulary(sentences.flat()) : undefined,
    ),
  char: (sentences, options) => readerOfCharacters(characterVocabulary(sentences.flat(), sizes(options))),
  bpe(sentences, { vocab_size = 0, lowercase, byte_level }) {
    const lines = sentences.map((words) => words.join(' '));
    const trained = trainTokenizer(lines, { kind: 'bpe', vocab_size, lowercase, byte_level });
    return readerOfPieces(
      loadTokenizer(trained.json, trained.config),
      tokenizerFiles({ source: trained, target: trained }),
    );
  },
};

/** Trains the reader that a recipe's `tokenizer` describes. @throws {InputError} when there is too little text. */
export const trainWordReader = (sentences: Sentences, options: WordTokenizer): WordReader =>
  trainers[options.kind](sentences, options);
