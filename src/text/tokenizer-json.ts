import { TOKENIZER_KINDS, type TokenizerKindName } from './tokenizer-kind.ts';

/** A `tokenizer.json` as Hugging Face's `tokenizers` writes it; `loadTokenizer` reads any, training creates one. */
export type TokenizerJson = Record<string, unknown>;

/** A `tokenizer_config.json`. */
export type TokenizerConfig = Record<string, unknown>;

/** The special tokens of a Marian folder, in the order of their ids; `<pad>` is the last id of the vocabulary. */
export const SPECIAL = { eos: '</s>', unk: '<unk>', pad: '<pad>' } as const;

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
}

/**
 * JavaScript lower-cases a final sigma by context ("ΟΔΟΣ" → "οδος"), Rust does not. A capital sigma is replaced first,
 * so that both give "οδοσ".
 */
const LOWERCASE = [{ type: 'Replace', pattern: { String: 'Σ' }, content: 'σ' }, { type: 'Lowercase' }];

/** The `tokenizer.json` of a trained vocabulary: `</s>` = 0, `<unk>` = 1, tokens, `<pad>` = V − 1; template `$A </s>`, `</s> $A` or none. */
export function trainedTokenizerJson(
  { tokens, merges }: TokenVocabulary,
  { kind, normalization = 'NFC', lowercase, addEos, addBos = false }: TokenizerPipeline,
): TokenizerJson {
  const { prefix, pre_tokenizer, decoder, model } = TOKENIZER_KINDS[kind];
  const all = [SPECIAL.eos, SPECIAL.unk, ...tokens, SPECIAL.pad];
  const vocab = Object.fromEntries(all.map((token, id) => [token, id]));
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
    pair: within(a, b),
    special_tokens: { [SPECIAL.eos]: { id: SPECIAL.eos, ids: [id], tokens: [SPECIAL.eos] } },
  };
}

/** The `tokenizer_config.json` for it, which Python's `PreTrainedTokenizerFast` reads. */
export function trainedTokenizerConfig(): TokenizerConfig {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_input_names: ['input_ids', 'attention_mask'],
    clean_up_tokenization_spaces: false,
    eos_token: SPECIAL.eos,
    unk_token: SPECIAL.unk,
    pad_token: SPECIAL.pad,
  };
}
