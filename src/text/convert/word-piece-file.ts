import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { METASPACE } from '../tokenizer-kind.ts';
import { type ConvertedTokenizer, TokenIds } from './assemble.ts';
import type { SlowFiles } from './slow-file.ts';
import { type RoleDefaults, readNamedTokens } from './special-token.ts';
import { bertTemplate } from './template.ts';

const roles: RoleDefaults = {
  names: { unk_token: '[UNK]', sep_token: '[SEP]', pad_token: '[PAD]', cls_token: '[CLS]', mask_token: '[MASK]' },
};

const settings = z.looseObject({
  do_lower_case: z.boolean().nullish(),
  // Slow tokenizers read these two, fast ones do not.
  do_basic_tokenize: z
    .boolean()
    .nullish()
    .refine((value) => value !== false, { error: 'expected true; fast tokenizers always split words first' }),
  never_split: z
    .array(z.string())
    .nullish()
    .refine((tokens) => !tokens?.length, { error: 'expected no tokens, which fast tokenizers ignore' }),
  strip_accents: z.boolean().nullish(),
  tokenize_chinese_chars: z.boolean().nullish(),
});

/**
 * The tokens of a `vocab.txt`: a token a line, in the order of their ids.
 *
 * As in Transformers, an empty line is the empty token, a token that occurs twice has its last id, and other ids have no
 * token. Source: transformers 4.46.3 models/bert/tokenization_bert.py (`load_vocab`).
 */
function wordPieceIds(text: string): Map<string, number> {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return new Map(lines.map((token, id) => [token, id]));
}

/**
 * KoBERT's folders have a `vocab.txt` of SentencePiece's pieces, with which WordPiece would make most words unknown.
 *
 * @throws {InputError} when more tokens begin words as in SentencePiece than continue them as in WordPiece.
 */
function checkPieces(vocabulary: ReadonlyMap<string, number>, where: string): void {
  const beginning = [...vocabulary.keys()].filter((token) => token.length > 1 && token.startsWith(METASPACE));
  const continuing = [...vocabulary.keys()].filter((token) => token.startsWith('##'));
  const [first] = beginning;
  if (first === undefined || beginning.length <= continuing.length) return;
  throw new InputError(
    `${where}: expected pieces of WordPiece, such as "##s", got those of SentencePiece, such as "${first}"; give the model as spiece.model, with its tokenizer_class in tokenizer_config.json`,
  );
}

/**
 * Makes the tokenizer of BERT, DistilBERT or ELECTRA from `vocab.txt`: its fast tokenizer.
 *
 * The slow one differs for letters whose accents stand apart, which it splits at.
 * Source: transformers 4.46.3 convert_slow_tokenizer.py (`BertConverter`); 5.24 models/bert/tokenization_bert.py makes the
 * same.
 * @throws {InputError} when a file is missing, the pieces are SentencePiece's, or a special token is not in the vocabulary.
 */
export async function convertWordPiece(files: SlowFiles): Promise<ConvertedTokenizer> {
  const { config } = files;
  const given = check(settings, config, files.path('tokenizer_config.json'));
  const vocabulary = wordPieceIds(await files.text('vocab.txt'));
  checkPieces(vocabulary, files.path('vocab.txt'));
  const ids = new TokenIds(vocabulary, readNamedTokens(files, roles), files.path('vocab.txt'));
  const [unk_token] = ids.required('unk_token');
  return ids.assemble(
    {
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: given.tokenize_chinese_chars ?? true,
        strip_accents: given.strip_accents ?? null,
        lowercase: given.do_lower_case ?? true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: bertTemplate(ids.required('cls_token'), ids.required('sep_token')),
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token,
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(vocabulary),
      },
    },
    config,
  );
}
