import * as z from 'zod';
import { InputError } from '../../io/error.ts';
import type { TokenIds } from './assemble.ts';
import { languageCodes, moreLanguageCodes } from './language-code.ts';
import type { SentencePieceModel } from './sentence-piece-model.ts';
import {
  metaspace,
  type PrependScheme,
  precompiled,
  replaceRegex,
  replaceText,
  type ScoredPiece,
  scored,
  sequence,
  usualNormalizer,
} from './sentence-piece-part.ts';
import { type AddedToken, type NamedTokens, type RoleDefaults, specialToken } from './special-token.ts';
import { bertTemplate, type TemplateItem, template } from './template.ts';

type Fields = Readonly<Record<string, unknown>>;

const flag = z.boolean().nullish();

/** The fields of `tokenizer_config.json` that a class reads, and those that it refuses where they say otherwise. */
export const sentencePieceSettings = z.looseObject({
  add_prefix_space: flag,
  legacy: flag,
  do_lower_case: flag,
  keep_accents: flag,
  remove_space: flag,
  extra_ids: z.int().min(0).max(10_000).nullish(),
  offset: z.int().min(0).max(10_000).nullish(),
  mask_token_sent: z.union([z.string().min(1), z.looseObject({ content: z.string().min(1) })]).nullish(),
  add_bos_token: flag,
  add_eos_token: flag,
  src_lang: z.string().nullish(),
  tgt_lang: z.string().nullish(),
});

/** What the pieces of a class are made of. */
export interface ClassInput {
  readonly model: SentencePieceModel;
  readonly config: z.output<typeof sentencePieceSettings>;
  readonly named: NamedTokens;
  /** The name of `tokenizer_config.json`, for errors. */
  readonly where: string;
}

/** How a class of tokenizers uses a SentencePiece model. */
export interface SentencePieceClass {
  /** The file of the model. */
  readonly file: string;
  readonly roles: RoleDefaults;
  /** The vocabulary in the order of the ids. Default: the pieces. */
  readonly vocabulary?: (input: ClassInput) => ScoredPiece[];
  /** Default: the model's. */
  readonly unkId?: (input: ClassInput) => number;
  readonly byteFallback?: boolean;
  /** Special tokens that the class adds. */
  readonly added?: (input: ClassInput) => AddedToken[];
  /** Default: the table, no blanks at the end, one `▁` for several blanks. */
  readonly normalizer?: (input: ClassInput) => Fields | null;
  /** Default: `▁` before each word. */
  readonly pre_tokenizer?: (scheme: PrependScheme, input: ClassInput) => Fields | null;
  readonly decoder?: (scheme: PrependScheme) => Fields;
  /** Special tokens around a text. `language` is that of the text, where the class has languages. */
  readonly template: (ids: TokenIds, input: ClassInput, language?: string) => Fields;
  /** Codes of the languages, for a class whose template has the text's language. */
  readonly languages?: readonly string[];
  /** Whether `add_prefix_space` and `legacy` act; otherwise Transformers ignores them, and `add_prefix_space: false` is refused. */
  readonly readsPrefix?: boolean;
}

const fairseqRoles: RoleDefaults = {
  names: {
    bos_token: '<s>',
    eos_token: '</s>',
    sep_token: '</s>',
    cls_token: '<s>',
    unk_token: '<unk>',
    pad_token: '<pad>',
    mask_token: '<mask>',
  },
  maskFlags: { lstrip: true },
};

/** fairseq's order: four special tokens, the pieces without their first three, more special tokens, `<mask>` last. */
const fairseqPieces = ({ model }: ClassInput, codes: readonly string[] = []): ScoredPiece[] => [
  ...['<s>', '<pad>', '</s>', '<unk>'].map((token): ScoredPiece => [token, 0]),
  ...model.pieces.slice(3).map(scored),
  ...[...codes, '<mask>'].map((token): ScoredPiece => [token, 0]),
];

const bertRoles: RoleDefaults['names'] = {
  bos_token: '[CLS]',
  eos_token: '[SEP]',
  unk_token: '<unk>',
  sep_token: '[SEP]',
  pad_token: '<pad>',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
};

const eosTemplate = (ids: TokenIds, hasOneEnd: boolean): Fields => {
  const eos = ids.required('eos_token');
  const between: TemplateItem[] = hasOneEnd ? [] : [[eos]];
  return template([['A'], [eos]], [['A'], ...between, ['B'], [eos]]);
};

/** All codes are in the vocabulary of a class with languages. */
const languageToken = (ids: TokenIds, language = 'en_XX'): readonly [string, number] => [
  language,
  ids.idOf(language) as number,
];

/** A piece that ends with a digit and a comma; ALBERT prefers to separate the two. */
const digitComma = /[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089],$/u;

const contentOf = (token: string | { readonly content: string }): string =>
  typeof token === 'string' ? token : token.content;

/** `<mask_1>` and its like: null leaves it out, and Pegasus has it unless a file says so. */
const sentenceMask = ({ config }: ClassInput): string | null =>
  config.mask_token_sent === undefined ? '<mask_1>' : config.mask_token_sent && contentOf(config.mask_token_sent);

/** Pegasus' special tokens before the pieces: padding, end, two masks, `<unk_2>` and so on up to the offset. */
function pegasusSpecial(input: ClassInput): string[] {
  const { roles } = input.named;
  const offset = input.config.offset ?? 103;
  const masks = offset > 0 ? [sentenceMask(input), roles.mask_token?.content] : [sentenceMask(input)];
  const unknown = Array.from({ length: Math.max(0, offset - 2) }, (_, at) => `<unk_${at + 2}>`);
  return [roles.pad_token?.content, roles.eos_token?.content, ...masks, ...unknown].filter((token) => token != null);
}

function extraIds({ config, named, where }: ClassInput): string[] {
  const count = config.extra_ids ?? 100;
  const given = named.additional.filter(({ content }) => content.includes('<extra_id_')).length;
  if (count > 0 && given > 0 && given !== count) {
    throw new InputError(
      `${where}: extra_ids: expected the number of <extra_id_…> in additional_special_tokens, ${given}, got ${count}`,
    );
  }
  return Array.from({ length: count }, (_, at) => `<extra_id_${count - 1 - at}>`);
}

const llamaDecoder = (scheme: PrependScheme): Fields => ({
  type: 'Sequence',
  decoders: [
    replaceText('▁', ' '),
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    ...(scheme === 'never' ? [] : [{ type: 'Strip', content: ' ', start: 1, stop: 0 }]),
  ],
});

/**
 * The classes of Transformers whose vocabulary is a SentencePiece model, by name.
 *
 * Each makes what the fast class of Transformers 4.46.3 makes (convert_slow_tokenizer.py and tokenization_*_fast.py). Version
 * 5.24 builds the classes anew and leaves out the table for mBART and BigBird and the blanks at the end for most; the
 * published `tokenizer.json` files, and SentencePiece itself, are as here. Fast tokenizers ignore `remove_space`,
 * `add_dummy_prefix` and `remove_extra_whitespaces`, and all but Llama's ignore `byte_fallback`; slow ones do not.
 */
export const SENTENCE_PIECE_CLASSES: Readonly<Record<string, SentencePieceClass>> = {
  XLMRobertaTokenizer: {
    file: 'sentencepiece.bpe.model',
    roles: fairseqRoles,
    vocabulary: (input) => fairseqPieces(input),
    unkId: () => 3,
    template(ids) {
      const [bos, eos] = [ids.required('bos_token'), ids.required('eos_token')];
      return template([[bos], ['A'], [eos]], [[bos], ['A'], [eos], [eos], ['B'], [eos]]);
    },
  },
  MBartTokenizer: {
    file: 'sentencepiece.bpe.model',
    roles: fairseqRoles,
    languages: languageCodes,
    vocabulary: (input) => fairseqPieces(input, languageCodes),
    unkId: () => 3,
    added: () => languageCodes.map((code) => specialToken(code)),
    template(ids, _, language) {
      const ends: TemplateItem[] = [[ids.required('eos_token')], [languageToken(ids, language)]];
      return template([['A'], ...ends], [['A'], ['B'], ...ends]);
    },
  },
  MBart50Tokenizer: {
    file: 'sentencepiece.bpe.model',
    roles: {
      names: { ...fairseqRoles.names, bos_token: undefined },
      maskFlags: { lstrip: true, normalized: true },
    },
    languages: [...languageCodes, ...moreLanguageCodes],
    vocabulary: (input) => fairseqPieces(input, [...languageCodes, ...moreLanguageCodes]),
    unkId: () => 3,
    added: () => [...languageCodes, ...moreLanguageCodes].map((code) => specialToken(code)),
    template(ids, _, language) {
      const [eos, code] = [ids.required('eos_token'), languageToken(ids, language)];
      return template([[code], ['A'], [eos]], [[code], ['A'], ['B'], [eos]]);
    },
  },
  AlbertTokenizer: {
    file: 'spiece.model',
    roles: { names: bertRoles, maskFlags: { lstrip: true } },
    vocabulary: ({ model }) =>
      model.pieces.map(({ piece, score }) => [piece, digitComma.test(piece) ? score - 100 : score]),
    normalizer: ({ model, config }) =>
      sequence([
        replaceText('``', '"'),
        replaceText("''", '"'),
        ...(config.keep_accents ? [] : [{ type: 'NFKD' }, { type: 'StripAccents' }]),
        ...((config.do_lower_case ?? true) ? [{ type: 'Lowercase' }] : []),
        ...precompiled(model),
        replaceRegex(' {2,}', ' '),
      ]),
    template: (ids) => bertTemplate(ids.required('cls_token'), ids.required('sep_token')),
  },
  BigBirdTokenizer: {
    file: 'spiece.model',
    roles: {
      names: { ...bertRoles, bos_token: '<s>', eos_token: '</s>' },
      flags: { normalized: true },
      maskFlags: { lstrip: true, normalized: true },
    },
    template: (ids) => bertTemplate(ids.required('cls_token'), ids.required('sep_token')),
  },
  PegasusTokenizer: {
    file: 'spiece.model',
    roles: { names: { pad_token: '<pad>', eos_token: '</s>', unk_token: '<unk>', mask_token: '<mask_2>' } },
    vocabulary: (input) => [
      ...pegasusSpecial(input).map((token): ScoredPiece => [token, token.startsWith('<unk_') ? -100 : 0]),
      ...input.model.pieces.slice(2).map(scored),
    ],
    unkId: ({ model, config }) => model.unkId + (config.offset ?? 103),
    added: (input) => pegasusSpecial(input).map((token) => specialToken(token)),
    pre_tokenizer: (scheme) => ({ type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, metaspace(scheme)] }),
    template: (ids) => eosTemplate(ids, true),
  },
  T5Tokenizer: {
    file: 'spiece.model',
    roles: { names: { eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>' } },
    readsPrefix: true,
    vocabulary: (input) => [
      ...input.model.pieces.map(scored),
      ...extraIds(input).map((token): ScoredPiece => [token, 0]),
    ],
    added: (input) => extraIds(input).map((token) => specialToken(token)),
    template: (ids) => eosTemplate(ids, false),
  },
  LlamaTokenizer: {
    file: 'tokenizer.model',
    roles: { names: { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' } },
    readsPrefix: true,
    byteFallback: true,
    vocabulary: ({ model }) => model.pieces.map((piece, id) => (id < 3 ? [piece.piece, 0] : scored(piece))),
    unkId: () => 0,
    normalizer: ({ config }) =>
      (config.legacy ?? true)
        ? sequence([
            ...((config.add_prefix_space ?? true) ? [{ type: 'Prepend', prepend: '▁' }] : []),
            replaceText(' ', '▁'),
          ])
        : null,
    pre_tokenizer: (scheme, { config }) => ((config.legacy ?? true) ? null : metaspace(scheme, false)),
    decoder: llamaDecoder,
    template(ids, { config }) {
      const around = (text: 'A' | 'B', type: number): TemplateItem[] => [
        ...((config.add_bos_token ?? true) ? [[ids.required('bos_token'), type] as const] : []),
        [text, type],
        ...(config.add_eos_token ? [[ids.required('eos_token'), type] as const] : []),
      ];
      return template(around('A', 0), [...around('A', 0), ...around('B', 1)]);
    },
  },
};

/** The normalizer of a class. */
export const normalizerOf = (row: SentencePieceClass, input: ClassInput): Fields | null =>
  row.normalizer ? row.normalizer(input) : usualNormalizer(input.model);
