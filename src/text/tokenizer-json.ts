/** A `tokenizer.json` as Hugging Face's `tokenizers` writes it; `loadTokenizer` takes any, BPE training makes one. */
export type TokenizerJson = Record<string, unknown>;

/** A `tokenizer_config.json`. */
export type TokenizerConfig = Record<string, unknown>;

/** The special tokens of a Marian folder, in the order of ids; `<pad>` is the last id of the vocabulary. */
export const SPECIAL = { eos: '</s>', unk: '<unk>', pad: '<pad>' } as const;

/** Takes the place of a space inside tokens, so that a token says where a word begins. */
export const METASPACE = '▁';

export interface BpeVocabulary {
  /** Tokens between the special ones, in the order of their ids. */
  tokens: readonly string[];
  merges: readonly (readonly [left: string, right: string])[];
}

export interface BpePipeline {
  lowercase: boolean;
  byteLevel: boolean;
}

/**
 * Marks that close a word or a sentence. After a word they are left over by the split and become tokens of their own, so
 * that "dog" and "dog." share one; between spaces, as in tokenised text, they keep the space before them.
 */
const CLOSING = '.,:!?…)\\]"”’»。、，：！？';

/**
 * How text becomes words and tokens become text, per kind.
 *
 * One space is put before the text, so that its first word is spelt like any other, and taken off again after decoding.
 * JavaScript's `Metaspace` does not split and Rust's does; the `Split` beside it makes the words the same in both.
 */
const KINDS = {
  character: {
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Metaspace', replacement: METASPACE, prepend_scheme: 'never', split: true },
        isolate(`${METASPACE}[^${METASPACE}]*[^${METASPACE}${CLOSING}]|${METASPACE}[${CLOSING}]*`),
      ],
    },
    decoder: { type: 'Metaspace', replacement: METASPACE, prepend_scheme: 'always', split: true },
  },
  byte: {
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
  },
};

function isolate(regex: string) {
  return { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false };
}

/**
 * Lower case is context-free in Rust and knows the final sigma in JavaScript ("ΟΔΟΣ" → "οδος"); a capital sigma is
 * lowered before, so that both give "οδοσ".
 */
const LOWERCASE = [{ type: 'Replace', pattern: { String: 'Σ' }, content: 'σ' }, { type: 'Lowercase' }];

/** The `tokenizer.json` of a byte-pair vocabulary: `</s>` = 0, `<unk>` = 1, tokens, `<pad>` = V − 1; template `$A </s>`. */
export function bpeTokenizerJson(
  { tokens, merges }: BpeVocabulary,
  { lowercase, byteLevel }: BpePipeline,
): TokenizerJson {
  const all = [SPECIAL.eos, SPECIAL.unk, ...tokens, SPECIAL.pad];
  const vocab = Object.fromEntries(all.map((token, id) => [token, id]));
  const eos = { SpecialToken: { id: SPECIAL.eos, type_id: 0 } };
  const [a, b] = ['A', 'B'].map((id) => ({ Sequence: { id, type_id: 0 } }));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Object.values(SPECIAL).map((content) => ({
      id: vocab[content],
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'NFC' }, ...(lowercase ? LOWERCASE : []), { type: 'Prepend', prepend: ' ' }],
    },
    pre_tokenizer: KINDS[byteLevel ? 'byte' : 'character'].pre_tokenizer,
    post_processor: {
      type: 'TemplateProcessing',
      single: [a, eos],
      pair: [a, b, eos],
      special_tokens: { [SPECIAL.eos]: { id: SPECIAL.eos, ids: [vocab[SPECIAL.eos]], tokens: [SPECIAL.eos] } },
    },
    decoder: KINDS[byteLevel ? 'byte' : 'character'].decoder,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: SPECIAL.unk,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: merges.map(([left, right]) => [left, right]),
    },
  };
}

/** The `tokenizer_config.json` beside it, which Python's `PreTrainedTokenizerFast` reads. */
export function bpeTokenizerConfig(): TokenizerConfig {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_input_names: ['input_ids', 'attention_mask'],
    clean_up_tokenization_spaces: false,
    eos_token: SPECIAL.eos,
    unk_token: SPECIAL.unk,
    pad_token: SPECIAL.pad,
  };
}
