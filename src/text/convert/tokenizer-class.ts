import { InputError } from '../../io/error.ts';
import { albert, bigBird } from './albert-class.ts';
import type { ConvertedTokenizer } from './assemble.ts';
import { convertBart, convertGpt2, convertRoberta } from './byte-pair-file.ts';
import { mBart, mBart50, xlmRoberta } from './fairseq-class.ts';
import { llama } from './llama-class.ts';
import { convertMarian } from './marian-file.ts';
import { pegasus } from './pegasus-class.ts';
import type { SentencePieceClass } from './sentence-piece-class.ts';
import { type ConvertedTokenizers, convertSentencePiece } from './sentence-piece-file.ts';
import type { SlowFiles } from './slow-file.ts';
import { t5 } from './t5-class.ts';
import { convertWordPiece } from './word-piece-file.ts';

/** A class of tokenizers in Transformers, and how its files become a tokenizer. */
export interface TokenizerClass {
  /** The files that it cannot do without. */
  readonly files: readonly string[];
  /** The `model_type`s whose tokenizers are of this class unless a file says otherwise. */
  readonly model_types: readonly string[];
  /** The inputs of its models. */
  readonly model_input_names: readonly string[];
  readonly convert: (files: SlowFiles) => Promise<ConvertedTokenizers>;
}

const withTypes = ['input_ids', 'token_type_ids', 'attention_mask'];
const withoutTypes = ['input_ids', 'attention_mask'];

const alone =
  (convert: (files: SlowFiles) => Promise<ConvertedTokenizer>): TokenizerClass['convert'] =>
  async (files) => ({ source: await convert(files) });

const wordPiece = (model_types: readonly string[], model_input_names = withTypes): TokenizerClass => ({
  files: ['vocab.txt'],
  model_types,
  model_input_names,
  convert: alone(convertWordPiece),
});

const bytePair = (
  model_types: readonly string[],
  convert: (files: SlowFiles) => Promise<ConvertedTokenizer>,
): TokenizerClass => ({
  files: ['vocab.json', 'merges.txt'],
  model_types,
  model_input_names: withoutTypes,
  convert: alone(convert),
});

const sentencePiece = (
  row: SentencePieceClass,
  model_types: readonly string[],
  model_input_names = withoutTypes,
): TokenizerClass => ({
  files: [row.file],
  model_types,
  model_input_names,
  convert: (files) => convertSentencePiece(files, row),
});

/** The classes of Transformers whose tokenizers can be made from other files than `tokenizer.json`. */
export const TOKENIZER_CLASSES: Readonly<Record<string, TokenizerClass>> = {
  BertTokenizer: wordPiece(['bert']),
  DistilBertTokenizer: wordPiece(['distilbert'], withoutTypes),
  ElectraTokenizer: wordPiece(['electra']),
  MobileBertTokenizer: wordPiece(['mobilebert']),
  ConvBertTokenizer: wordPiece(['convbert']),
  GPT2Tokenizer: bytePair(['gpt2', 'gpt_neo', 'gptj', 'opt'], convertGpt2),
  RobertaTokenizer: bytePair(['roberta', 'roberta-prelayernorm'], convertRoberta),
  BartTokenizer: bytePair(['bart'], convertBart),
  LongformerTokenizer: bytePair(['longformer'], convertRoberta),
  LEDTokenizer: bytePair(['led'], convertBart),
  XLMRobertaTokenizer: sentencePiece(xlmRoberta, ['xlm-roberta', 'xlm-roberta-xl', 'xmod']),
  MBartTokenizer: sentencePiece(mBart, ['mbart']),
  MBart50Tokenizer: sentencePiece(mBart50, []),
  AlbertTokenizer: sentencePiece(albert, ['albert'], withTypes),
  BigBirdTokenizer: sentencePiece(bigBird, ['big_bird']),
  PegasusTokenizer: sentencePiece(pegasus, ['pegasus', 'bigbird_pegasus']),
  T5Tokenizer: sentencePiece(t5, ['t5']),
  MT5Tokenizer: sentencePiece(t5, ['mt5']),
  LlamaTokenizer: sentencePiece(llama, ['llama']),
  MarianTokenizer: {
    files: ['source.spm', 'target.spm', 'vocab.json'],
    model_types: ['marian'],
    model_input_names: withoutTypes,
    convert: convertMarian,
  },
};

/** What a folder says about the class of its tokenizer. */
export interface ClassEvidence {
  /** `tokenizer_class` of `tokenizer_config.json`, else that of `config.json`. */
  readonly tokenizer_class?: string | undefined;
  /** `model_type` of `config.json`. */
  readonly model_type?: string | undefined;
  /** Those files of any class that the folder has. */
  readonly present: readonly string[];
  /** The folder's name, for errors. */
  readonly folder: string;
}

/** The names of files that some class reads. */
export const classFiles: readonly string[] = [
  ...new Set(Object.values(TOKENIZER_CLASSES).flatMap(({ files }) => files)),
];

/** The classes whose files belong to no class with other rules. */
const unmistakable = ['MarianTokenizer', 'BertTokenizer'] as const;

/**
 * The class of a folder's tokenizer: the one that a file names, else that of `model_type`, else the one that the files
 * belong to: `vocab.txt` to BERT, `source.spm` to Marian; other files belong to several classes.
 *
 * @throws {InputError} that names what is missing.
 */
export function tokenizerClass({ tokenizer_class, model_type, present, folder }: ClassEvidence): TokenizerClass {
  const has = ({ files }: TokenizerClass): boolean => files.every((file) => present.includes(file));
  const found = present.length > 0 ? present.join(', ') : 'none of its files';
  const name =
    tokenizer_class?.replace(/Fast$/, '') ??
    Object.keys(TOKENIZER_CLASSES).find((one) => TOKENIZER_CLASSES[one].model_types.includes(model_type ?? '')) ??
    unmistakable.find((one) => has(TOKENIZER_CLASSES[one]));
  if (name === undefined) {
    const of = model_type === undefined ? '' : ` for the model_type "${model_type}"`;
    const named = `tokenizer_class in tokenizer_config.json${of} with the files of that class`;
    throw new InputError(`${folder}: expected tokenizer.json, or ${named}, got ${found}`);
  }
  const row = Object.hasOwn(TOKENIZER_CLASSES, name) ? TOKENIZER_CLASSES[name] : undefined;
  if (!row) {
    const known = Object.keys(TOKENIZER_CLASSES).join(', ');
    throw new InputError(
      `${folder}: expected tokenizer.json, which ${tokenizer_class} needs; without it, tokenizer_class is one of ${known}`,
    );
  }
  if (has(row)) return row;
  throw new InputError(`${folder}: expected tokenizer.json, or ${row.files.join(' and ')} of ${name}, got ${found}`);
}
