/** Replaces a space inside tokens, so that a token shows where a word begins. */
export const METASPACE = '▁';

type Fields = Readonly<Record<string, unknown>>;

/**
 * How text becomes pieces, pieces become tokens, and tokens become text again: the parts of a `tokenizer.json` that
 * differ by kind.
 */
export interface TokenizerKind {
  /** Added before the text, so that its first word is spelt like any other; the decoder removes it. */
  readonly prefix: string;
  readonly pre_tokenizer: Fields;
  readonly decoder: Fields;
  readonly model: (vocabulary: { vocab: Fields; merges: unknown; unk: string }) => Fields;
}

export type TokenizerKindName =
  | 'character-bpe'
  | 'character-bpe-unprefixed'
  | 'byte-bpe'
  | 'byte-bpe-unprefixed'
  | 'char'
  | 'word';

/**
 * Marks that end a word or a sentence. After a word the split separates them, so that "dog" and "dog." share a token;
 * between spaces, as in tokenised text, they keep the space before them.
 */
const CLOSING = '.,:!?…)\\]"”’»。、，：！？';

/**
 * Unicode's White_Space. `WhitespaceSplit` is not used because JavaScript's whitespace includes U+FEFF, which WikiText
 * has between blanks, and excludes U+0085.
 */
const WHITE_SPACE = '\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000';

const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

/**
 * The kinds of tokenizers that Heddle trains.
 *
 * The `unprefixed` kinds are for running text, where a prompt must have the same tokens as inside the text. They add no
 * blank, and a newline is a separate word, so a line has the same tokens alone and after another line.
 *
 * Rust's `Metaspace` splits and JavaScript's does not; the added `Split` makes the words equal in both.
 *
 * A `char` tokenizer is byte-pair encoding without merges: every code point is a token, including blanks and newlines.
 *
 * A `word` tokenizer is WordPiece without pieces: the prefix of continuing pieces is a blank, which no token begins
 * with, so a word is either a token or unknown. (The JavaScript library has no `WordLevel`.) Words longer than every
 * token are unknown without a search.
 */
export const TOKENIZER_KINDS: Readonly<Record<TokenizerKindName, TokenizerKind>> = {
  'character-bpe': {
    prefix: ' ',
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Metaspace', replacement: METASPACE, prepend_scheme: 'never', split: true },
        isolate(`${METASPACE}[^${METASPACE}]*[^${METASPACE}${CLOSING}]|${METASPACE}[${CLOSING}]*`),
      ],
    },
    decoder: { type: 'Metaspace', replacement: METASPACE, prepend_scheme: 'always', split: true },
    model: bytePairs,
  },
  'character-bpe-unprefixed': {
    prefix: '',
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Metaspace', replacement: METASPACE, prepend_scheme: 'never', split: true },
        isolate(
          `${METASPACE}?[^${METASPACE}\n]*[^${METASPACE}\n${CLOSING}]|${METASPACE}[${CLOSING}]*|[${CLOSING}]+|\n`,
        ),
      ],
    },
    // `Metaspace` would remove a blank at the start.
    decoder: {
      type: 'Sequence',
      decoders: [{ type: 'Replace', pattern: { String: METASPACE }, content: ' ' }, { type: 'Fuse' }],
    },
    model: bytePairs,
  },
  'byte-bpe': {
    prefix: ' ',
    pre_tokenizer: BYTE_LEVEL,
    decoder: {
      type: 'Sequence',
      decoders: [BYTE_LEVEL, { type: 'Strip', content: ' ', start: 1, stop: 0 }],
    },
    model: bytePairs,
  },
  'byte-bpe-unprefixed': { prefix: '', pre_tokenizer: BYTE_LEVEL, decoder: BYTE_LEVEL, model: bytePairs },
  char: { prefix: '', pre_tokenizer: isolate('[\\s\\S]'), decoder: { type: 'Fuse' }, model: bytePairs },
  word: {
    prefix: '',
    pre_tokenizer: { type: 'Split', pattern: { Regex: `[${WHITE_SPACE}]+` }, behavior: 'Removed', invert: false },
    decoder: { type: 'WordPiece', prefix: ' ', cleanup: false },
    model: ({ vocab, unk }) => ({
      type: 'WordPiece',
      unk_token: unk,
      continuing_subword_prefix: ' ',
      max_input_chars_per_word: Object.keys(vocab).reduce((most, word) => Math.max(most, [...word].length), 1),
      vocab,
    }),
  },
};

function isolate(regex: string): Fields {
  return { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false };
}

function bytePairs({ vocab, merges, unk }: { vocab: Fields; merges: unknown; unk: string }): Fields {
  return {
    type: 'BPE',
    dropout: null,
    unk_token: unk,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab,
    merges,
  };
}
