import { onAbort } from '../../runtime/queue/on-abort.ts';
import type { GenerateOptions, Generator, StreamedToken } from '../generator.ts';
import type { GenerationConfig } from '../settings/generation-config.ts';
import type { Sources } from '../source.ts';
import type { Decoder } from './decoder.ts';
import { TextStreamer } from './text-streamer.ts';

/**
 * Generated tokens one by one, as they are chosen; generation ends when the reader stops.
 *
 * @throws {InputError} as `generate`, at the first token.
 */
export async function* streamTokens(
  generator: Pick<Generator, 'generate'>,
  sources: Sources,
  config: GenerationConfig,
  options: Omit<GenerateOptions, 'on_token'> = {},
): AsyncGenerator<StreamedToken, void, undefined> {
  const waiting: StreamedToken[] = [];
  const controller = new AbortController();
  let isDone = false;
  let wake: () => void = () => undefined;
  const on_token = (token: StreamedToken): void => {
    waiting.push(token);
    wake();
  };
  const abort = () => controller.abort(options.signal?.reason);
  if (options.signal?.aborted) abort();
  const stopListening = onAbort(options.signal, abort);
  const { signal } = controller;
  const work = generator.generate(sources, config, { ...options, signal, on_token }).finally(() => {
    isDone = true;
    wake();
  });
  work.catch(() => undefined);
  try {
    while (!isDone || waiting.length > 0) {
      signal.throwIfAborted();
      const token = waiting.shift();
      if (token) yield token;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    await work;
  } finally {
    stopListening();
    controller.abort(new Error('generate: the reader stopped'));
    await work.catch(() => undefined);
  }
}

/**
 * The text generated for one sentence or prompt, piece by piece.
 *
 * @throws {InputError} as `generate`, at the first piece.
 */
export async function* streamText(
  generator: Pick<Generator, 'generate'>,
  source: ArrayLike<number>,
  config: GenerationConfig,
  tokenizer: Decoder,
  options: Omit<GenerateOptions, 'on_token' | 'tokenizer'> = {},
): AsyncGenerator<string, void, undefined> {
  const pieces: string[] = [];
  const streamer = new TextStreamer(tokenizer, { callback_function: (text) => pieces.push(text) });
  for await (const { token, sample, isLast } of streamTokens(generator, [source], config, { ...options, tokenizer })) {
    if (sample > 0) continue;
    streamer.put(token);
    if (isLast) streamer.end();
    yield* pieces.splice(0);
  }
}
