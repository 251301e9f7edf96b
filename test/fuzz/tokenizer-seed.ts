/** Whole tokenizers for the fuzz run, and texts that they encode. */
import { InputError } from '../../src/io/error.ts';
import { tokenizerFiles } from '../../src/tasks/folder/tokenizer-file.ts';
import type { Tokenizer } from '../../src/text/tokenizer.ts';
import { trainBpe } from '../../src/text/train/bpe.ts';
import { trainUnits } from '../../src/text/train/unit.ts';
import { filesOf, type Seed } from './kind.ts';

export const texts = ['the 3rd of May', '한 남자가 잔다 </s> <unk>', 'aaaa'.repeat(50), '\ud800 \u0000', ''];

/** Pairs, words, overflow and batches. @throws {Error} when a text has other ids with offsets than without. */
export function encodeEveryWay(tokenizer: Tokenizer, text: string): void {
  const whole = tokenizer.encoding(text);
  const ids = tokenizer.encode(text);
  if (ids.join() !== whole.ids.join()) throw new Error(`${ids} without offsets, ${whole.ids} with them`);
  const words = { text_pair: ['a', text], is_split_into_words: true };
  const cut = { truncation: true, max_length: 9, return_overflowing_tokens: true };
  const calls = [
    () => tokenizer.encoding(text.slice(0, 30), { text_pair: 'a b', ...cut }),
    () => tokenizer.encoding(['a', text], words),
    () => tokenizer.pad([whole], { pad_to_multiple_of: 4 }),
  ];
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      // Some tokenizers have no form for pairs, no room, or no padding.
      if (!(error instanceof InputError)) throw error;
    }
  }
}

const base = {
  version: '1.0',
  added_tokens: [{ id: 0, content: '<unk>', special: true }],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
};

/** Tokenizers: those trained here, and the parts that published ones have. */
export function tokenizers(): Seed[] {
  const corpus = ['the 3rd of May, 1998', '한 남자가 잔다', 'the the the'];
  const trained = [
    trainBpe(corpus, { vocab_size: 40 }),
    trainBpe(corpus, { vocab_size: 280, byte_level: true }),
    trainUnits(corpus, { kind: 'word', vocab_size: 12 }),
    trainUnits(corpus, { kind: 'char', vocab_size: 30 }),
  ].map((one) => filesOf(tokenizerFiles({ source: one, target: one })));
  const config = JSON.stringify({ unk_token: '<unk>', additional_special_tokens: ['<unk>'], remove_space: true });
  const published: readonly object[] = [
    {
      ...base,
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '<unk>',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: { '<unk>': 0, '[CLS]': 1, '[SEP]': 2, t: 3, '##h': 4, '##e': 5, the: 6 },
      },
    },
    {
      ...base,
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'Precompiled', precompiled_charsmap: '' },
          { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' },
          { type: 'Strip', strip_left: true, strip_right: true },
          { type: 'StripAccents' },
          { type: 'Prepend', prepend: '▁' },
        ],
      },
      pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<unk>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
        special_tokens: {},
      },
      decoder: {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          { type: 'Strip', content: ' ', start: 1, stop: 0 },
        ],
      },
      model: {
        type: 'Unigram',
        unk_id: 0,
        byte_fallback: false,
        vocab: [
          ['<unk>', 0],
          ['▁', -2],
          ['t', -3],
          ['the', -2.5],
          ['▁the', -1],
          ['한', -9],
        ],
      },
    },
    {
      ...base,
      normalizer: { type: 'NFKC' },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          {
            type: 'Split',
            pattern: {
              Regex:
                "(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            },
            behavior: 'Isolated',
            invert: false,
          },
          { type: 'Digits', individual_digits: true },
          { type: 'Punctuation' },
          { type: 'WhitespaceSplit' },
          { type: 'FixedLength', length: 5 },
          { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
        ],
      },
      post_processor: {
        type: 'Sequence',
        processors: [
          { type: 'ByteLevel', trim_offsets: false },
          { type: 'RobertaProcessing', sep: ['</s>', 1], cls: ['<s>', 2] },
        ],
      },
      decoder: { type: 'BPEDecoder', suffix: '</w>' },
      model: {
        type: 'BPE',
        unk_token: '<unk>',
        byte_fallback: true,
        fuse_unk: true,
        end_of_word_suffix: '</w>',
        ignore_merges: true,
        vocab: { '<unk>': 0, '</s>': 1, '<s>': 2, t: 3, h: 4, th: 5, e: 6, the: 7, '<0x61>': 8 },
        merges: ['t h', 'th e'],
      },
    },
  ];
  return [
    ...trained,
    ...published.map((json) => filesOf({ 'tokenizer.json': JSON.stringify(json), 'tokenizer_config.json': config })),
  ].map((files) => ({ files }));
}
