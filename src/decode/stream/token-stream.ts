import type { GenerateOptions, Generator, StreamedToken } from '../generator.ts';
import type { GenerationConfig } from '../settings/generation-config.ts';
import type { Sources } from '../source.ts';
import { type Decoder, TextStreamer } from './text-streamer.ts';

/** Thrown into a generation that nobody listens to any more. */
class Unheard extends Error {}

/**
 * Generated tokens one by one, as they are chosen; to stop reading stops the generation.
 *
 * @throws {InputError} as `generate`, at the first token.
 */
export async function* streamTokens(
  generator: Generator,
  sources: Sources,
  config: GenerationConfig,
  options: Omit<GenerateOptions, 'on_token'> = {},
): AsyncGenerator<StreamedToken, void, undefined> {
  const waiting: StreamedToken[] = [];
  let isHeard = true;
  let isDone = false;
  let wake: () => void = () => undefined;
  const on_token = (token: StreamedToken): void => {
    if (!isHeard) throw new Unheard('generate: stopped');
    waiting.push(token);
    wake();
  };
  const work = generator.generate(sources, config, { ...options, on_token }).finally(() => {
    isDone = true;
    wake();
  });
  work.catch(() => undefined);
  try {
    while (!isDone || waiting.length > 0) {
      const token = waiting.shift();
      if (token) yield token;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    await work;
  } finally {
    isHeard = false;
    await work.catch(() => undefined);
  }
}

/**
 * The text that is generated for one sentence or prompt, piece by piece.
 *
 * @throws {InputError} as `generate`, at the first piece.
 */
export async function* streamText(
  generator: Generator,
  source: ArrayLike<number>,
  config: GenerationConfig,
  tokenizer: Decoder,
): AsyncGenerator<string, void, undefined> {
  const pieces: string[] = [];
  const streamer = new TextStreamer(tokenizer, { callback_function: (text) => pieces.push(text) });
  for await (const { token, sample, isLast } of streamTokens(generator, [source], config)) {
    if (sample > 0) continue;
    streamer.put(token);
    if (isLast) streamer.end();
    yield* pieces.splice(0);
  }
}
