import { InputError } from '../io/error.ts';
import type { SequenceToSequenceModel } from '../models/sequence-to-sequence.ts';
import type { Backend } from '../runtime/backend.ts';
import type { AttentionMap } from './attention-log.ts';
import { type BatchResult, searchBatch } from './batch-search.ts';
import { type GenerationConfig, readGenerationConfig } from './generation-config.ts';
import { settingsOf } from './generation-settings.ts';
import { checkParameters, type Parameters, Programs } from './programs.ts';
import { type Source, type Sources, sourcesOf } from './source.ts';
import { scoreTargets, type TargetScore } from './target-score.ts';

export interface GeneratorOptions {
  /** Batches decoded side by side, each by sessions of its own. As many as suit the engine when absent. */
  readonly sessions?: number;
  /** Threads of one session. With as many sessions as cores one is best: nothing waits for another. */
  readonly threads?: number;
}

/** Engines whose runs overlap; the others get one session and all threads. */
const sideBySide: Readonly<Record<string, GeneratorOptions>> = { 'onnxruntime-capi': { sessions: 2, threads: 1 } };

export interface GenerateOptions {
  /** Sentences in a batch: 64, or fewer so that every session has one. */
  readonly batch_size?: number;
  /** Whether cross-attention weights come with the hypotheses. */
  readonly output_attentions?: boolean;
  /** Told after every batch how many sentences are done. */
  readonly on_progress?: (done: number, total: number) => void;
}

/** What was generated for one sentence, best first. */
export interface Generated {
  /** Token ids, start and end token included, without padding. */
  readonly sequences: number[][];
  /** Sum of a sequence's log-probabilities / (generated tokens ** length_penalty). */
  readonly scores: number[];
  /** For each sequence: [layers][heads][generated tokens] rows over the source's tokens. */
  readonly attentions?: readonly AttentionMap[];
}

/** Translates, summarises, transcribes: whatever an encoder–decoder was trained to do. */
export interface Generator {
  /**
   * Generates target sequences by greedy or beam search, as Transformers' `generate` does.
   *
   * Sentences are sorted by length, batched and decoded side by side; results are in the order of the input. There may
   * be fewer sequences than `num_return_sequences` where a tiny vocabulary has no more.
   * @throws {InputError} for a token id outside the vocabulary, an empty or too long sentence, a config that is wrong.
   */
  generate(sources: Sources, config: GenerationConfig, options?: GenerateOptions): Promise<Generated[]>;
  /**
   * Log-probabilities of given targets, token by token (forced decoding), under the model alone.
   *
   * `targets`: token ids behind the start token, usually with an end token.
   */
  score(sources: Sources, targets: readonly ArrayLike<number>[], config: GenerationConfig): Promise<TargetScore[]>;
  /** Frees every session. */
  dispose(): Promise<void>;
}

/** Enough rows to make a step worth its calls; fewer where every session can have a batch. */
const largestBatch = 64;

/**
 * A generator over a model, its weights by their checkpoint's names, and an engine.
 *
 * Programs are compiled when first needed. Calls are served one after the other.
 * @throws {InputError} for every parameter that is missing or of another size.
 */
export function createGenerator(
  model: SequenceToSequenceModel,
  parameters: Parameters,
  backend: Backend,
  options: GeneratorOptions = {},
): Generator {
  checkParameters(model, parameters);
  const { sessions = 1, threads } = { ...sideBySide[backend.name], ...options };
  const lanes = Array.from({ length: sessions }, () => new Programs(model, parameters, backend, { threads }));
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  const settings = (config: GenerationConfig) => settingsOf(readGenerationConfig(config, 'generation config'), model);
  return {
    async generate(given, config, options = {}) {
      const wanted = settings(config);
      const sources = sourcesOf(given, model);
      const results = await inTurn(() =>
        inBatches(sources, lanes, options, (programs, batch) =>
          searchBatch(programs, wanted, batch, options.output_attentions ?? false),
        ),
      );
      return results.map(generated);
    },
    async score(given, targets, config) {
      const { start } = settings(config);
      const sources = sourcesOf(given, model);
      return inTurn(() => scoreTargets(lanes[0], sources, targets, start));
    },
    dispose: () =>
      inTurn(async () => {
        await Promise.all(lanes.map((programs) => programs.dispose()));
      }),
  };
}

function generated({ hypotheses, attentions }: BatchResult): Generated {
  return {
    sequences: hypotheses.map(({ tokens }) => [...tokens]),
    scores: hypotheses.map(({ score }) => score),
    ...(attentions && { attentions }),
  };
}

/** Long sentences first, so that no lane is left with a long batch at the end. Results are in the order given. */
async function inBatches<R>(
  sources: readonly Source[],
  lanes: readonly Programs[],
  { batch_size, on_progress }: GenerateOptions,
  work: (programs: Programs, sources: readonly Source[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const size = batch_size ?? Math.max(1, Math.min(largestBatch, Math.ceil(sources.length / lanes.length)));
  if (!Number.isInteger(size) || size < 1) throw new InputError(`generate: batch_size must be at least 1, got ${size}`);
  const order = sources.map((_, at) => at).sort((a, b) => sources[b].ids.length - sources[a].ids.length || a - b);
  const results: R[] = [];
  let next = 0;
  let done = 0;
  let hasFailed = false;
  const drain = async (programs: Programs): Promise<void> => {
    while (next < order.length && !hasFailed) {
      const batch = order.slice(next, next + size);
      next += batch.length;
      const found = await work(
        programs,
        batch.map((at) => sources[at]),
      );
      batch.forEach((at, i) => {
        results[at] = found[i];
      });
      done += batch.length;
      on_progress?.(done, order.length);
    }
  };
  const outcomes = await Promise.allSettled(
    lanes.map((programs) =>
      drain(programs).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      }),
    ),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return results;
}
