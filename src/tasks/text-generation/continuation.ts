import type { Generator } from '../../decode/generator.ts';
import { stoppingCriterion } from '../../decode/search/stopping.ts';
import type { GenerationConfig } from '../../decode/settings/generation-config.ts';
import type { Decoder } from '../../decode/stream/decoder.ts';
import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';

/** A text that is being generated. */
interface Draft {
  /** The index of its prompt, and of the sample for that prompt. */
  readonly place: number;
  readonly sample: number;
  /** The next input of the model. */
  readonly context: readonly number[];
  readonly made: readonly number[];
  /** The number of tokens still to generate. */
  readonly left: number;
  /** The number of tokens that must still come before an end token; 0 or less for none. */
  readonly least: number;
}

/** How to continue prompts. */
export interface ContinuationOptions {
  /** The number of positions of the model; Infinity if unlimited. */
  readonly maxTokens: number;
  /** Receives every token of a single text as soon as it is chosen. */
  readonly onToken?: ((token: number) => void) | undefined;
  /** Aborts the call. */
  readonly signal?: AbortSignal | undefined;
  /** Decodes text to find `stop_strings`. */
  readonly tokenizer?: Decoder | undefined;
}

/** The defaults of `GenerationConfig`. */
const usualLength = 20;
const usualSeed = 42;

/** Every call draws from its own stream, selected by the upper bits of the seed. */
const seedOf = ({ seed }: GenerationConfig, call: number): number =>
  ((seed ?? usualSeed) + call * 2 ** 32) % Number.MAX_SAFE_INTEGER;

/**
 * Continues texts, even beyond the model's positions: once a text fills them, it is continued from its last half, so
 * the model always sees at least half of its positions. Of a longer prompt the model reads the end.
 *
 * Returns the tokens after each prompt, `num_return_sequences` times. Beams end where the positions end. Rules about
 * earlier tokens (`repetition_penalty`, `no_repeat_ngram_size`) count the tokens that the model sees.
 *
 * @param prompts token ids; an empty prompt starts with `bos_token_id`.
 * @throws {InputError} as `Generator.generate`.
 */
export async function continuations(
  generator: Generator,
  prompts: readonly (readonly number[])[],
  config: GenerationConfig,
  { maxTokens, onToken, signal, tokenizer }: ContinuationOptions,
): Promise<number[][][]> {
  const isSearch = !config.do_sample && (config.num_beams ?? 1) > 1;
  const ends = [config.eos_token_id ?? []].flat();
  const results: number[][][] = prompts.map(() => []);
  let drafts: readonly Draft[] = prompts.map((prompt, place) => draftOf(prompt, place, config, maxTokens));
  const isStopped = stoppingCriterion(config, tokenizer);
  const timeLeft = countdown(config.max_time);
  let calls = 0;
  while (drafts.length > 0) {
    const isFirst = calls === 0;
    const open: Draft[] = [];
    for (const alike of groups(drafts, (draft) => keyOf(draft, maxTokens))) {
      const generated = await generator.generate(
        alike.map(({ context }) => context),
        {
          ...callConfig(config, alike[0], maxTokens),
          seed: seedOf(config, calls++),
          max_time: timeLeft(),
          ...(!isFirst && onlyOne),
        },
        { signal, tokenizer, on_token: onToken && (({ token }) => onToken(token)) },
      );
      for (const [at, { sequences }] of generated.entries()) {
        const { place, sample, context, made, left, least } = itemAt(alike, at, 'a text');
        for (const [i, tokens] of sequences.entries()) {
          const added = tokens.slice(context.length);
          const grown: Draft = {
            place,
            sample: isFirst ? i : sample,
            context: tokens.slice(-Math.ceil(maxTokens / 2)),
            made: [...made, ...added],
            left: left - added.length,
            least: least - added.length,
          };
          const hasEnded = ends.some((end) => end === added.at(-1)) || isStopped?.(tokens);
          const isDone = isSearch || grown.left === 0 || hasEnded;
          if (isDone) itemAt(results, place, 'a prompt')[grown.sample] = [...grown.made];
          else open.push(grown);
        }
      }
    }
    drafts = open;
  }
  return results;
}

/** The rest of `seconds` from now on, but never 0. */
function countdown(seconds: number | null | undefined): () => number | null {
  if (typeof seconds !== 'number') return () => null;
  const end = performance.now() + 1000 * seconds;
  return () => Math.max(1e-3, (end - performance.now()) / 1000);
}

const onlyOne = { num_return_sequences: 1 };

function draftOf(given: readonly number[], place: number, config: GenerationConfig, maxTokens: number): Draft {
  const { bos_token_id: start, max_new_tokens, max_length, min_new_tokens, min_length } = config;
  const prompt = given.length === 0 && typeof start === 'number' ? [start] : given;
  const left = max_new_tokens ?? (max_length ? max_length - prompt.length : usualLength);
  if (left < 1) {
    throw new InputError(
      `generate: max_length must leave room after a prompt of ${prompt.length} tokens, got ${max_length}`,
    );
  }
  const least = min_new_tokens ?? (min_length ?? 0) - prompt.length;
  if (least > left) {
    throw new InputError(`generate: the minimum length must be at most the maximum, ${left} new tokens, got ${least}`);
  }
  const context = maxTokens < prompt.length ? prompt.slice(-maxTokens) : prompt;
  return { place, sample: 0, context, made: [], left, least };
}

/** The number of tokens that the positions leave room for; the last token is never read. */
const roomOf = ({ context }: Draft, maxTokens: number): number => maxTokens + 1 - context.length;

/** The number of tokens that one call must generate before an end token. */
const leastOf = (draft: Draft, maxTokens: number): number =>
  Math.max(0, Math.min(draft.least, roomOf(draft, maxTokens)));

/** What the drafts of one call have in common. */
function keyOf(draft: Draft, maxTokens: number): string {
  const isWhole = draft.left <= roomOf(draft, maxTokens);
  return `${draft.left} ${isWhole ? 'whole' : 'in part'}, at least ${leastOf(draft, maxTokens)}`;
}

/** The config of a call that need not finish its texts: rules for the end of a text are left out. */
function callConfig(config: GenerationConfig, draft: Draft, maxTokens: number): GenerationConfig {
  const room = roomOf(draft, maxTokens);
  return {
    ...config,
    max_length: null,
    max_new_tokens: draft.left,
    min_length: null,
    min_new_tokens: leastOf(draft, maxTokens) || null,
    ...(draft.left > room && { forced_eos_token_id: null }),
  };
}

function groups<T>(items: readonly T[], key: (item: T) => string): [T, ...T[]][] {
  const found = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const alike = found.get(key(item));
    if (alike) alike.push(item);
    else found.set(key(item), [item]);
  }
  return [...found.values()];
}
