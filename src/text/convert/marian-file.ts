import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { type ConvertedTokenizer, TokenIds } from './assemble.ts';
import type { ConvertedTokenizers } from './sentence-piece-file.ts';
import { PIECE, readSentencePieceModel, type SentencePieceModel } from './sentence-piece-model.ts';
import { metaspace, precompiled, type ScoredPiece } from './sentence-piece-part.ts';
import type { SlowFiles } from './slow-file.ts';
import { type RoleDefaults, readNamedTokens, specialToken } from './special-token.ts';
import { template } from './template.ts';

const roles: RoleDefaults = { names: { unk_token: '<unk>', eos_token: '</s>', pad_token: '<pad>' } };

const settings = z.looseObject({
  separate_vocabs: z.boolean().nullish(),
  sp_model_kwargs: z.strictObject({}).nullish(),
});

/**
 * Makes the two tokenizers of a Marian folder: `source.spm` cuts inputs into pieces, `target.spm` outputs, and
 * `vocab.json` has the ids of both; with `separate_vocabs`, `target_vocab.json` has those of outputs.
 *
 * Transformers has no fast tokenizer for Marian, so the ids are those of the slow one: text is normalized as SentencePiece
 * does, and a piece without an id is unknown. `>>fr<<` is the code of a language wherever it stands; the slow tokenizer drops
 * it inside a text.
 * Source: transformers 4.46.3 models/marian/tokenization_marian.py.
 * @throws {InputError} when a file is missing or is not what its name says.
 */
export async function convertMarian(files: SlowFiles): Promise<ConvertedTokenizers> {
  const { separate_vocabs } = check(settings, files.config, files.path('tokenizer_config.json'));
  const target = separate_vocabs ? 'target_vocab.json' : 'vocab.json';
  return {
    source: await oneSide(files, { spm: 'source.spm', vocabulary: 'vocab.json' }),
    target: await oneSide(files, { spm: 'target.spm', vocabulary: target }),
  };
}

async function oneSide(
  files: SlowFiles,
  { spm, vocabulary: file }: { readonly spm: string; readonly vocabulary: string },
): Promise<ConvertedTokenizer> {
  const vocabulary = await files.ids(file);
  const ids = new TokenIds(vocabulary, readNamedTokens(files, roles), files.path(file));
  const [, unk_id] = ids.required('unk_token');
  ids.required('pad_token');
  const eos = ids.required('eos_token');
  for (const token of vocabulary.keys()) if (/^>>.+<<$/.test(token)) ids.add(specialToken(token, { special: false }));
  const model = readSentencePieceModel(await files.bytes(spm), files.path(spm));
  if (model.kind !== 'unigram') throw new InputError(`${files.path(spm)}: expected a unigram model, got BPE`);
  return ids.assemble(
    {
      normalizer: {
        type: 'Precompiled',
        precompiled_charsmap: precompiled(model)[0]?.precompiled_charsmap ?? '',
        sentencepiece: {
          add_dummy_prefix: model.addDummyPrefix,
          remove_extra_whitespaces: model.removeExtraWhitespaces,
          drops_language_codes: true,
        },
      },
      decoder: metaspace('always'),
      post_processor: template([['A'], [eos]], [['A'], ['B'], [eos]]),
      model: { type: 'Unigram', unk_id, vocab: entries(vocabulary, files.path(file)), pieces: matched(model) },
    },
    files.config,
  );
}

/** The tokens in the order of their ids. @throws {InputError} when an id is missing. */
function entries(vocabulary: ReadonlyMap<string, number>, file: string): ScoredPiece[] {
  const tokens: string[] = [];
  for (const [token, id] of vocabulary) tokens[id] = token;
  return Array.from({ length: tokens.length }, (_, id) => {
    if (tokens[id] === undefined) throw new InputError(`${file}: expected a token for each id, got none for ${id}`);
    return [tokens[id], 0];
  });
}

/**
 * The pieces that SentencePiece finds in a text, with their scores: not special ones, and a user-defined one before all
 * others.
 *
 * Source: google/sentencepiece 0.2 unigram_model.cc (`BuildTrie`, `EncodeOptimized`).
 */
function matched({ pieces }: SentencePieceModel): ScoredPiece[] {
  const normal = pieces.filter(({ type }) => type === PIECE.normal).map(({ score }) => score);
  const best = normal.reduce((most, score) => Math.max(most, score), -Infinity);
  const bytes = new TextEncoder();
  return pieces.flatMap(({ piece, score, type }): ScoredPiece[] => {
    if (type === PIECE.userDefined) return [[piece, Math.fround(bytes.encode(piece).length * best - 0.1)]];
    return type === PIECE.normal || type === PIECE.unused ? [[piece, score]] : [];
  });
}
