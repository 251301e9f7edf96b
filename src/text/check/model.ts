import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import type { TokenizerJson } from '../tokenizer-json.ts';

/** No vocabulary is this large; the library would allocate memory for every id up to the highest. */
const mostIds = 2 ** 22;

/** Longer than any added token; each character of a text can be compared with all of them. */
const longestAdded = 1000;

/** A WordPiece word of n characters is compared with n·L² characters of tokens of length L. */
const longestPiece = 200;

/** A Unigram text of n characters takes n·d² steps if d tokens are prefixes of one another. */
const mostPrefixes = 32;

type Fields = Readonly<Record<string, unknown>>;
type Ids = ReadonlyMap<string, unknown>;

const modelTypes = ['BPE', 'WordPiece', 'Unigram'] as const;
/** The models of a `tokenizer.json`, by type. */
export type ModelType = (typeof modelTypes)[number];

const fields = z.looseObject({});
const flag = z.boolean().nullish();
const addedTokens = z
  .array(
    z.looseObject({
      content: z.string().min(1).max(longestAdded),
      single_word: flag,
      lstrip: flag,
      rstrip: flag,
      normalized: flag,
      special: flag,
    }),
  )
  .nullish();

const wordPiece = z.looseObject({
  unk_token: z.string(),
  continuing_subword_prefix: z.string(),
  max_input_chars_per_word: z.number().min(1).nullish(),
});
const bytePairs = z.looseObject({
  merges: z.array(z.unknown()),
  unk_token: z.string().nullish(),
  continuing_subword_prefix: z.string().nullish(),
  end_of_word_suffix: z.string().nullish(),
  fuse_unk: flag,
  byte_fallback: flag,
  ignore_merges: flag,
});
const score = z.tuple([z.string(), z.number()]);
const unigram = z.looseObject({
  unk_id: z.int().min(0).nullish(),
  byte_fallback: z.boolean().nullish(),
  pieces: z.array(score).optional(),
});

/**
 * Checks the vocabulary of a `tokenizer.json` and everything that refers to it. The library accepts any vocabulary; a
 * wrong one would show only in the tokens of a text, or in the time they take.
 *
 * @param name the file, for errors.
 * @returns the model's type; undefined for a list of words without one.
 * @throws {InputError} for an unknown model, an invalid id, a merge of tokens that are not in the vocabulary, and the
 *   like.
 */
export function checkModel(json: TokenizerJson, name: string): ModelType | undefined {
  const model: Fields = isFields(json.model) ? json.model : {};
  const { type, vocab } = model;
  // Old files have no type.
  if (type !== undefined && type !== null && !isModelType(type)) {
    throw new InputError(`${name}: expected a model of ${modelTypes.join(', ')}, got ${JSON.stringify(type)}`);
  }
  const size = Array.isArray(vocab) ? vocab.length : isFields(vocab) ? Object.keys(vocab).length : 0;
  if (size === 0) throw new InputError(`${name}: expected a vocabulary, got none or an empty one`);
  const added = check(
    z.looseObject({ added_tokens: addedTokens }),
    fields.parse({ added_tokens: json.added_tokens }),
    name,
  );
  // A unigram vocabulary is a list; the ids are its indices.
  const tokens: Ids = Array.isArray(vocab)
    ? new Map(vocab.map((entry, id) => [entryText(entry, `${name}: model.vocab.${id}`), id]))
    : new Map(Object.entries(vocab as Fields));
  const holders = new Map<unknown, string>();
  const names = new Set<string>();
  for (const [token, id] of tokens) checkId(token, id, { name, holders });
  for (const { content, id } of added.added_tokens ?? []) {
    checkId(content, id, { name, holders });
    const own = tokens.get(content);
    if (own !== undefined && own !== id) {
      throw new InputError(
        `${name}: expected the added token ${shown(content)} to have its id in the vocabulary, ${own}, got ${id}`,
      );
    }
    names.add(content);
  }
  const kind = isModelType(type) ? type : typeOf(model);
  if (kind) rules[kind](model, { tokens, added: names, where: `${name}: model` });
  return kind;
}

interface Known {
  readonly tokens: Ids;
  readonly added: ReadonlySet<string>;
  readonly where: string;
}

const rules: Readonly<Record<ModelType, (model: Fields, known: Known) => void>> = {
  WordPiece(model, known) {
    const { tokens, where } = known;
    const {
      unk_token,
      continuing_subword_prefix: prefix,
      max_input_chars_per_word: most,
    } = check(wordPiece, model, where);
    checkUnknownToken(unk_token, known);
    if ((most ?? 0) <= longestPiece) return;
    for (const token of tokens.keys()) {
      if (token.length > longestPiece && token.startsWith(prefix)) {
        throw new InputError(
          `${where}: max_input_chars_per_word: expected at most ${longestPiece} where a token inside words has ` +
            `${token.length} characters, got ${most}`,
        );
      }
    }
  },
  BPE(model, known) {
    const { tokens, where } = known;
    const { merges, unk_token, continuing_subword_prefix: prefix } = check(bytePairs, model, where);
    if (typeof unk_token === 'string') checkUnknownToken(unk_token, known);
    if (prefix) {
      throw new InputError(
        `${where}: continuing_subword_prefix: expected none, which byte-pair encoding here needs, got ${shown(prefix)}`,
      );
    }
    const isList = Array.isArray(merges[0]);
    merges.forEach((merge, at) => {
      const parts = isList ? merge : typeof merge === 'string' ? merge.split(' ') : undefined;
      if (!(Array.isArray(parts) && parts.length === 2 && parts.every((part) => typeof part === 'string'))) {
        const form = isList ? 'a list of two tokens' : 'two tokens with a blank between';
        throw new InputError(`${where}: merges.${at}: expected ${form}, got ${JSON.stringify(merge)?.slice(0, 200)}`);
      }
      const [left, right] = parts;
      for (const token of [left, right, left + right]) {
        if (!tokens.has(token)) {
          throw new InputError(`${where}: merges.${at}: expected tokens of the vocabulary, got ${shown(token)}`);
        }
      }
    });
  },
  Unigram(model, { tokens, where }) {
    const { unk_id } = check(unigram, model, where);
    if (!Array.isArray(model.vocab))
      throw new InputError(`${where}: vocab: expected a list of tokens and scores, got a mapping of fields`);
    model.vocab.forEach((entry, at) => {
      if (Array.isArray(entry) && Number.isFinite(entry[1])) return;
      check(score, entry, `${where}: vocab.${at}`);
    });
    if (typeof unk_id === 'number' && unk_id >= model.vocab.length) {
      throw new InputError(`${where}: unk_id: expected an id in [0, ${model.vocab.length}), got ${unk_id}`);
    }
    for (const token of tokens.keys()) {
      if (token.length <= mostPrefixes) continue;
      let prefixes = 0;
      for (let end = 1; end <= token.length; end++) if (tokens.has(token.slice(0, end))) prefixes++;
      if (prefixes > mostPrefixes) {
        throw new InputError(
          `${where}: vocab: expected at most ${mostPrefixes} tokens that are prefixes of one another, got ${prefixes}, at token ` +
            shown(token),
        );
      }
    }
  },
};

/** The type of a model that does not name it, inferred as the library does. */
function typeOf(model: Fields): ModelType | undefined {
  if (Array.isArray(model.vocab)) return 'Unigram';
  if (!Object.hasOwn(model, 'continuing_subword_prefix') || !Object.hasOwn(model, 'unk_token')) return undefined;
  return Object.hasOwn(model, 'merges') ? 'BPE' : 'WordPiece';
}

function checkId(
  token: string,
  id: unknown,
  { name, holders }: { readonly name: string; readonly holders: Map<unknown, string> },
): void {
  if (!(Number.isInteger(id) && Number(id) >= 0 && Number(id) < mostIds)) {
    const found = typeof id === 'string' || typeof id === 'object' ? JSON.stringify(id) : String(id);
    throw new InputError(
      `${name}: an id must be an integer in [0, ${mostIds}), got ${found}, at token ${shown(token)}`,
    );
  }
  const holder = holders.get(id);
  if (holder !== undefined && holder !== token) {
    throw new InputError(`${name}: expected an id for each token, got ${id} for ${shown(holder)} and ${shown(token)}`);
  }
  holders.set(id, token);
}

function checkUnknownToken(token: string, { tokens, added, where }: Known): void {
  if (tokens.has(token) || added.has(token)) return;
  throw new InputError(`${where}: unk_token: expected a token of the vocabulary, got ${shown(token)}`);
}

const isModelType = (type: unknown): type is ModelType => modelTypes.some((name) => name === type);

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The token of an entry in a unigram vocabulary. */
function entryText(entry: unknown, where: string): string {
  if (Array.isArray(entry) && typeof entry[0] === 'string') return entry[0];
  return check(score, entry, where)[0];
}

const shown = (token: string): string => JSON.stringify(token.length > 200 ? `${token.slice(0, 200)}…` : token);
