import { TOKENIZER_KINDS, type TokenizerKindName } from './tokenizer-kind.ts';

/** A `tokenizer.json` as Hugging Face's `tokenizers` writes it; `loadTokenizer` reads any, training creates one. */
export type TokenizerJson = Record<string, unknown>;

/** A `tokenizer_config.json`. */
export type TokenizerConfig = Record<string, unknown>;

/** The special tokens of a Marian folder, in the order of their ids; `<pad>` is the last id of the vocabulary. */
export const SPECIAL = { eos: '</s>', unk: '<unk>', pad: '<pad>' } as const;

/** The token that hides another one, in the tokenizer of a masked language model; its id is the one before `<pad>`. */
export const MASK = '<mask>';

export interface TokenVocabulary {
  /** Tokens between the special ones, in the order of their ids. */
  tokens: readonly string[];
  /** For byte-pair encoding only. */
  merges: readonly (readonly [left: string, right: string])[];
}

/** Unicode's normalization forms: `NFC` composes, `NFD` decomposes (Hangul syllables into jamo, é into e and ´). */
export type Normalization = 'NFC' | 'NFD';

export interface TokenizerPipeline {
  kind: TokenizerKindName;
  /** Default `NFC`. */
  normalization?: Normalization;
  lowercase: boolean;
  /** Whether every text ends with `</s>`. */
  addEos: boolean;
  /** Whether every text begins with `</s>`, as a language model's texts do. */
  addBos?: boolean;
  /** Whether there is a token `<mask>`. */
  addMask?: boolean;
}

/**
 * JavaScript lower-cases a final sigma by context ("ΟΔΟΣ" → "οδος"), Rust does not. A capital sigma is replaced first,
 * so that both give "οδοσ".
 */
const LOWERCASE = [{ type: 'Replace', pattern: { String: 'Σ' }, content: 'σ' }, { type: 'Lowercase' }];

/** All special tokens of a trained tokenizer. */
export const specialTokens = ({ addMask = false }: Pick<TokenizerPipeline, 'addMask'>): readonly string[] => [
  ...Object.values(SPECIAL),
  ...(addMask ? [MASK] : []),
];

/**
 * The `tokenizer.json` of a trained vocabulary: `</s>` = 0, `<unk>` = 1, tokens, perhaps `<mask>`, `<pad>` = V − 1;
 * template `$A </s>`, `</s> $A`, `</s> $A </s>` or none; only the last has a token between the texts of a pair. As in RoBERTa, `<mask>` takes the blank before it, which is
 * otherwise a part of the hidden word; where blanks are tokens by themselves, it does not.
 */
export function trainedTokenizerJson(
  { tokens, merges }: TokenVocabulary,
  { kind, normalization = 'NFC', lowercase, addEos, addBos = false, addMask = false }: TokenizerPipeline,
): TokenizerJson {
  const { prefix, pre_tokenizer, decoder, model } = TOKENIZER_KINDS[kind];
  const all = [SPECIAL.eos, SPECIAL.unk, ...tokens, ...(addMask ? [MASK] : []), SPECIAL.pad];
  const vocab = Object.fromEntries(all.map((token, id) => [token, id]));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens({ addMask }).map((content) => ({
      id: vocab[content],
      content,
      single_word: false,
      lstrip: content === MASK && kind !== 'char',
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: normalization },
        ...(lowercase ? LOWERCASE : []),
        ...(prefix ? [{ type: 'Prepend', prepend: prefix }] : []),
      ],
    },
    pre_tokenizer,
    post_processor: addEos || addBos ? eosTemplate(vocab[SPECIAL.eos], { addEos, addBos }) : null,
    decoder,
    model: model({ vocab, merges: merges.map(([left, right]) => [left, right]), unk: SPECIAL.unk }),
  };
}

function eosTemplate(id: number, { addEos, addBos }: Required<Pick<TokenizerPipeline, 'addEos' | 'addBos'>>) {
  const eos = { SpecialToken: { id: SPECIAL.eos, type_id: 0 } };
  const [a, b] = ['A', 'B'].map((name) => ({ Sequence: { id: name, type_id: 0 } }));
  const within = (...texts: readonly object[]) => [...(addBos ? [eos] : []), ...texts, ...(addEos ? [eos] : [])];
  return {
    type: 'TemplateProcessing',
    single: within(a),
    pair: within(...(addBos && addEos ? [a, eos, b] : [a, b])),
    special_tokens: { [SPECIAL.eos]: { id: SPECIAL.eos, ids: [id], tokens: [SPECIAL.eos] } },
  };
}

/** The `tokenizer_config.json` for it, which Python's `PreTrainedTokenizerFast` reads. */
export function trainedTokenizerConfig({ addMask = false }: Pick<TokenizerPipeline, 'addMask'> = {}): TokenizerConfig {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_input_names: ['input_ids', 'attention_mask'],
    clean_up_tokenization_spaces: false,
    eos_token: SPECIAL.eos,
    unk_token: SPECIAL.unk,
    pad_token: SPECIAL.pad,
    ...(addMask && { mask_token: MASK }),
  };
}
