import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import type { TokenizerConfig } from '../tokenizer-json.ts';

/** The special tokens that a tokenizer names. */
export const ROLES = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;

export type Role = (typeof ROLES)[number];

/** A token that is found in a text before anything else, as `added_tokens` of a `tokenizer.json` lists them. */
export interface AddedToken {
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** What a class of tokenizers says about its special tokens where no file does. */
export interface RoleDefaults {
  readonly names: Readonly<Partial<Record<Role, string>>>;
  /** How a token that is named by its text alone is found. */
  readonly flags?: Partial<AddedToken>;
  /** The same for `mask_token`; it takes the blank before it into itself. */
  readonly maskFlags?: Partial<AddedToken>;
}

/** The special tokens of fairseq's models: RoBERTa, BART and their multilingual relatives. */
export const fairseqNames: RoleDefaults['names'] = {
  bos_token: '<s>',
  eos_token: '</s>',
  sep_token: '</s>',
  cls_token: '<s>',
  unk_token: '<unk>',
  pad_token: '<pad>',
  mask_token: '<mask>',
};

/** The special and added tokens that the files of a tokenizer name. */
export interface NamedTokens {
  readonly roles: Readonly<Partial<Record<Role, AddedToken>>>;
  /** Whether a file names the role; otherwise it is the default of the class. */
  readonly isNamed: (role: Role) => boolean;
  readonly additional: readonly AddedToken[];
  /** Added tokens by their ids. */
  readonly byId: ReadonlyMap<number, AddedToken>;
}

/** The files that name special tokens. Those that a folder lacks are undefined. */
export interface SpecialTokenFiles {
  /** The name of a file, for errors. */
  path(file: string): string;
  readonly config: TokenizerConfig;
  readonly specialTokensMap?: Readonly<Record<string, unknown>> | undefined;
  readonly addedTokens?: Readonly<Record<string, unknown>> | undefined;
}

const flag = z.boolean().optional();
const tokenForm = z.looseObject({
  content: z.string().min(1),
  single_word: flag,
  lstrip: flag,
  rstrip: flag,
  normalized: flag,
  special: flag,
});
const named = z.union([z.string().min(1), tokenForm]).nullish();
const roleForms = z.looseObject(Object.fromEntries(ROLES.map((role) => [role, named])));
const additionalForm = z.looseObject({
  additional_special_tokens: z.array(z.union([z.string().min(1), tokenForm])).nullish(),
});
const byIdForm = z.record(z.string().regex(/^\d{1,9}$/, { error: 'expected the id of a token' }), tokenForm);
const addedForm = z.record(z.string().min(1), z.int().min(0));

const plain: AddedToken = {
  content: '',
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
};

const fromObject = (
  { content, ...flags }: z.output<typeof tokenForm>,
  special = flags.special ?? false,
): AddedToken => ({
  content,
  single_word: flags.single_word ?? false,
  lstrip: flags.lstrip ?? false,
  rstrip: flags.rstrip ?? false,
  normalized: flags.normalized ?? !special,
  special,
});

/** A token that is added because a class or a model has it. */
export const specialToken = (content: string, flags: Partial<AddedToken> = {}): AddedToken => ({
  ...plain,
  ...flags,
  content,
});

/**
 * Reads which special and added tokens a tokenizer has: `added_tokens_decoder` of `tokenizer_config.json` if it is there,
 * otherwise `special_tokens_map.json` and `added_tokens.json`; the class says the rest.
 *
 * Source: transformers 4.46.3 tokenization_utils_base.py (`_from_pretrained`).
 * @throws {InputError} when a file names a token in another form.
 */
export function readNamedTokens(
  { path, config, specialTokensMap = {}, addedTokens = {} }: SpecialTokenFiles,
  { names, flags = {}, maskFlags = flags }: RoleDefaults,
): NamedTokens {
  const byId = new Map<number, AddedToken>();
  const decoder = config.added_tokens_decoder;
  const isModern = decoder !== undefined && decoder !== null;
  if (isModern) {
    const entries = check(byIdForm, decoder, `${path('tokenizer_config.json')}: added_tokens_decoder`);
    for (const [id, token] of Object.entries(entries)) byId.set(Number(id), fromObject(token));
  }
  const older = isModern ? {} : check(roleForms, specialTokensMap, path('special_tokens_map.json'));
  const given = { ...check(roleForms, config, path('tokenizer_config.json')), ...older };
  const known = new Map([...byId.values()].map((token) => [token.content, token]));
  const roles: Partial<Record<Role, AddedToken>> = {};
  for (const role of ROLES) {
    const value = Object.hasOwn(given, role) ? (given[role] as z.output<typeof named>) : names[role];
    if (value === null || value === undefined) continue;
    const own = typeof value === 'string' ? undefined : fromObject(value, true);
    const content = own?.content ?? (value as string);
    const inDecoder = known.get(content);
    const form = inDecoder ? { ...inDecoder, special: true } : own;
    roles[role] = form ?? specialToken(content, role === 'mask_token' ? maskFlags : flags);
  }
  const additional = [config, ...(isModern ? [] : [specialTokensMap])].flatMap((file, at) => {
    const where = path(at === 0 ? 'tokenizer_config.json' : 'special_tokens_map.json');
    return (check(additionalForm, file, where).additional_special_tokens ?? []).map((token) =>
      typeof token === 'string' ? (known.get(token) ?? specialToken(token)) : fromObject(token, true),
    );
  });
  if (!isModern) {
    const special = new Set([...Object.values(roles), ...additional].map(({ content }) => content));
    for (const [content, id] of Object.entries(check(addedForm, addedTokens, path('added_tokens.json')))) {
      const other = byId.get(id);
      if (other) {
        const both = `${JSON.stringify(other.content)} and ${JSON.stringify(content)}`;
        throw new InputError(`${path('added_tokens.json')}: expected an id for each token, got ${id} for ${both}`);
      }
      byId.set(id, specialToken(content, { special: special.has(content), normalized: !special.has(content) }));
    }
  }
  const isNamed = (role: Role): boolean => typeof given[role] === 'string' || typeof given[role] === 'object';
  return { roles, isNamed, additional, byId };
}
