import type { GenerationConfig } from '../../decode/settings/generation-config.ts';
import type { TextStreamer } from '../../decode/stream/text-streamer.ts';
import { InputError } from '../../io/error.ts';
import { itemAt, type NonEmpty, nonEmpty } from '../../io/item-at.ts';
import { inSlices } from '../../runtime/queue/time-slice.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { type CallLimits, callLimits, withinLimits } from '../model/call-limit.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { givenTexts } from '../model/given-text.ts';
import type { ModelSource } from '../platform/platform.ts';
import { type LanguageModel, loadLanguageModel } from './language-model.ts';

/** A text and its continuation. */
export interface TextGenerationOutput {
  readonly generated_text: string;
  /** Present and true if the prompt has more tokens than the model has positions; only the last of them were read. */
  readonly is_truncated?: true;
}

/** How to continue: any field of `GenerationConfig`, and how to treat texts. */
export interface TextGenerationOptions extends GenerationConfig {
  /** Whether the result includes the prompt. Default true. */
  readonly return_full_text?: boolean | undefined;
  /**
   * Receives the tokens of the prompt, and each new one as it is chosen; only for one prompt and one result, without beams. The streamer decodes the prompt's tokens, so unknown characters are missing there; `generated_text` contains the original prompt.
   */
  readonly streamer?: Pick<TextStreamer, 'prompt' | 'put' | 'end'> | undefined;
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const callOptions: CallOptions = {
  own: { return_full_text: 'flag', streamer: 'other', signal: 'signal' },
  isGeneration: true,
};

/** The forms of a call. */
interface TextGenerationCall {
  (text: string, options?: TextGenerationOptions): Promise<NonEmpty<TextGenerationOutput>>;
  (texts: readonly string[], options?: TextGenerationOptions): Promise<NonEmpty<TextGenerationOutput>[]>;
}

/**
 * A function from prompts to continuations, `num_return_sequences` for each, as in transformers.js: one prompt gives a list, a list of prompts gives a list for each. An empty prompt starts as the model's training texts do.
 */
export interface TextGenerationPipeline extends TextGenerationCall {
  readonly task: 'text-generation';
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

const task = 'text-generation' as const;

/** @throws {InputError} when the folder is not a complete language model with a tokenizer. */
export async function textGenerationPipeline(source: ModelSource): Promise<TextGenerationPipeline> {
  const limits = callLimits(source.limits, true);
  const { model, tokenizer } = await loadLanguageModel(source);
  async function generate(texts: string | readonly string[], options: TextGenerationOptions = {}) {
    checkCallOptions(task, options, callOptions);
    const found = await continued(model, tokenizer, givenTexts(task, texts, limits), { ...options, limits });
    return typeof texts === 'string' ? found.flat() : found;
  }
  return Object.assign(generate as TextGenerationCall, {
    task,
    model,
    tokenizer,
    dispose: () => model.dispose(),
  });
}

async function continued(
  model: LanguageModel,
  tokenizer: Tokenizer,
  texts: readonly string[],
  {
    return_full_text: isWhole = true,
    streamer,
    signal,
    limits,
    ...fields
  }: TextGenerationOptions & { readonly limits: CallLimits },
): Promise<NonEmpty<TextGenerationOutput>[]> {
  const start = model.generation_config.bos_token_id;
  const encode = (text: string) => {
    const ids = tokenizer.encode(text);
    return { text, ids, read: ids.length === 0 && typeof start === 'number' ? [start] : ids };
  };
  const prompts = await inSlices(texts, encode, signal);
  const rows = prompts.map(({ read }) => read);
  const shortest = rows.reduce((least, { length }) => Math.min(least, length), Number.POSITIVE_INFINITY);
  const config = withinLimits(task, fields, model.generation_config, limits, shortest);
  const count = config.num_return_sequences ?? model.generation_config.num_return_sequences ?? 1;
  checkStreamer(streamer);
  if (streamer && texts.length * count !== 1) {
    throw new InputError(`text-generation: streamer: expected one text and one result, got ${texts.length * count}`);
  }
  if (streamer) for (const { ids } of prompts) await streamer.prompt(ids);
  const found = await model.continueRows(rows, config, {
    signal,
    tokenizer,
    onToken: streamer && ((token) => streamer.put(token)),
  });
  await streamer?.end();
  const { maxTokens } = model.loaded.tokens;
  return inSlices(prompts, ({ text, read }, at) => {
    const outputs = itemAt(found, at, 'a prompt').map((ids) => {
      const [before, added] = decodedParts(tokenizer, read, ids);
      return {
        generated_text: isWhole ? joined(text, before, added) : added,
        ...(read.length > maxTokens && { is_truncated: true as const }),
      };
    });
    return nonEmpty(outputs, 'a result');
  });
}

/** @throws {InputError} for a streamer without one of its methods. */
function checkStreamer(streamer: TextGenerationOptions['streamer']): void {
  const missing = streamer && (['prompt', 'put', 'end'] as const).find((name) => typeof streamer[name] !== 'function');
  if (missing === undefined) return;
  throw new InputError(
    `text-generation: streamer: expected an object with prompt, put and end, got one without ${missing}`,
  );
}

/**
 * The text of a prompt's tokens and of the generated ones. Both are decoded together, because the text of a token can depend on those before it. An unknown word of the prompt is kept as a token, because the blank after it belongs to the next word.
 */
function decodedParts(tokenizer: Tokenizer, read: readonly number[], ids: readonly number[]): [string, string] {
  const isKnown = tokenizer.unkId === null || !read.includes(tokenizer.unkId);
  const special = isKnown ? [] : tokenizer.tokenTexts(ids);
  const written = ids.filter((_, i) => !special[i]?.isSpecial);
  const decode = (tokens: readonly number[]) => tokenizer.decode(tokens, { skip_special_tokens: isKnown });
  const before = decode(read);
  return [before, decode([...read, ...written]).slice(before.length)];
}

/** A prompt and its continuation. A tokenizer of words drops a blank at the prompt's end and writes it again. */
const joined = (prompt: string, read: string, added: string): string =>
  /\s$/.test(prompt) && !/\s$/.test(read) ? prompt + added.replace(/^ /, '') : prompt + added;
