import { InputError } from '../../io/error.ts';
import type { TokenizerConfig, TokenizerJson } from '../tokenizer-json.ts';
import { type AddedToken, type NamedTokens, ROLES, type Role } from './special-token.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A tokenizer that is made from other files: what `loadTokenizer` takes. */
export interface ConvertedTokenizer {
  readonly json: TokenizerJson;
  readonly config: TokenizerConfig;
}

/** The parts of a `tokenizer.json` that a conversion makes; those left out are null. */
export interface TokenizerParts {
  readonly model: Fields;
  readonly normalizer?: Fields | null;
  readonly pre_tokenizer?: Fields | null;
  readonly post_processor?: Fields | null;
  readonly decoder: Fields;
}

/** The vocabulary of a tokenizer that is being made, and its special tokens. */
export class TokenIds {
  readonly #vocabulary: ReadonlyMap<string, number>;
  readonly #named: NamedTokens;
  readonly #where: string;
  readonly #added = new Map<string, AddedToken & { readonly id: number }>();

  /**
   * @param where the vocabulary's file, for errors.
   * @throws {InputError} when a file names a token that has no id.
   */
  constructor(vocabulary: ReadonlyMap<string, number>, named: NamedTokens, where: string) {
    this.#vocabulary = vocabulary;
    this.#named = named;
    this.#where = where;
    for (const [id, token] of named.byId) this.add(token, id);
    for (const role of ROLES) {
      const token = named.roles[role];
      if (!token || (!named.isNamed(role) && this.idOf(token.content) === undefined)) continue;
      this.add(token, undefined, role);
    }
    for (const token of named.additional) this.add(token, undefined, 'additional_special_tokens');
  }

  idOf(content: string): number | undefined {
    return this.#vocabulary.get(content) ?? this.#added.get(content)?.id;
  }

  /** Adds a token unless it is added already. `declared` is its id if it is not in the vocabulary. */
  add(token: AddedToken, declared?: number, role = 'a special token'): void {
    const { content } = token;
    if (this.#added.has(content)) return;
    const own = this.#vocabulary.get(content);
    if (own !== undefined && declared !== undefined && own !== declared) {
      throw new InputError(
        `${this.#where}: expected ${JSON.stringify(content)} at the id that other files give it, ${declared}, got ${own}`,
      );
    }
    const id = own ?? declared;
    if (id === undefined) {
      throw new InputError(`${this.#where}: expected ${role} to be in the vocabulary, got ${JSON.stringify(content)}`);
    }
    this.#added.set(content, { ...token, id });
  }

  /** The content and id of a special token that a template needs. @throws {InputError} when there is none. */
  required(role: Role): readonly [content: string, id: number] {
    const content = this.#named.roles[role]?.content;
    const id = content === undefined ? undefined : this.idOf(content);
    if (content !== undefined && id !== undefined) return [content, id];
    const found = content === undefined ? 'none is named' : `got ${JSON.stringify(content)}`;
    throw new InputError(`${this.#where}: expected ${role} to be in the vocabulary, ${found}`);
  }

  /** The `tokenizer.json` of these parts, and `tokenizer_config.json` with the special tokens that it lacks. */
  assemble(parts: TokenizerParts, config: TokenizerConfig): ConvertedTokenizer {
    const { model, normalizer = null, pre_tokenizer = null, post_processor = null, decoder } = parts;
    const added_tokens = [...this.#added.values()]
      .sort((a, b) => a.id - b.id)
      .map(({ id, ...token }) => ({ id, ...token }));
    const roles = ROLES.flatMap((role) => {
      const content = this.#named.roles[role]?.content;
      return content !== undefined && this.#added.has(content) ? [[role, content] as const] : [];
    });
    return {
      json: {
        version: '1.0',
        truncation: null,
        padding: null,
        added_tokens,
        normalizer,
        pre_tokenizer,
        post_processor,
        decoder,
        model,
      },
      config: { ...config, ...Object.fromEntries(roles) },
    };
  }
}
