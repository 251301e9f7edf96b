import { InputError } from '../io/error.ts';
import type { CausalModel } from '../models/causal.ts';
import type { SequenceToSequenceModel } from '../models/sequence-to-sequence.ts';
import type { Backend } from '../runtime/backend.ts';
import { BatchQueue } from '../runtime/batch-queue.ts';
import { SharedWeights } from '../runtime/shared-weights.ts';
import type { AttentionMap } from './attention-log.ts';
import { Call, type CallOptions } from './call.ts';
import { causalDecoder } from './causal-decoder.ts';
import type { ChosenToken } from './chosen-token.ts';
import { promptsOf, textStart } from './prompt.ts';
import { searchBatch } from './search/batch.ts';
import { type SearchRequest, type SearchResult, searchRequest } from './search/request.ts';
import { stoppingCriterion } from './search/stopping.ts';
import { type GenerationConfig, isGiven, readGenerationConfig } from './settings/generation-config.ts';
import { type GenerationSettings, settingsOf } from './settings/generation-settings.ts';
import { type Source, type Sources, sourcesOf } from './source.ts';
import { checkParameters, type Parameters, Programs } from './step/programs.ts';
import type { Decoder } from './stream/decoder.ts';
import { type ScoreRequest, scoreBatch, scoreRequests, type TargetScore } from './target-score.ts';

/** How a generator divides its work. */
export interface GeneratorOptions {
  /** Batches decoded side by side, each by sessions of its own. As many as suit the engine when absent. */
  readonly sessions?: number | undefined;
  /** Threads of one session. With as many sessions as cores one is best: nothing waits for another. */
  readonly threads?: number | undefined;
  /** Sentences in a batch at most. Default 64: enough to make a step worth its calls. */
  readonly batch_size?: number | undefined;
}

const usualBatch = 64;

/**
 * Two sessions of one thread each where the engine's runs overlap, else one with all threads. Not by the number of cores:
 * the sessions decide how sentences are batched, and results are to be the same on every machine.
 */
const sessionsOf = ({ parallelism }: Backend): GeneratorOptions =>
  parallelism === undefined ? {} : { sessions: 2, threads: 1 };

/** A generated token, reported as soon as it is chosen. */
export interface StreamedToken extends ChosenToken {
  /** The sentence or prompt that it is for, by its place in the call. */
  readonly row: number;
}

/** Options of one call of `generate`. */
export interface GenerateOptions extends CallOptions {
  /** Whether cross-attention weights come with the hypotheses; not for a causal model. */
  readonly output_attentions?: boolean | undefined;
  /** What `stop_strings` are looked for with; of an encoder–decoder the target's. */
  readonly tokenizer?: Decoder | undefined;
  /** Receives every generated token of greedy search and sampling. What it throws ends the call. */
  readonly on_token?: ((token: StreamedToken) => void) | undefined;
}

/** What was generated for one sentence, best first; samples in the order of their draws. */
export interface Generated {
  /** Token ids, prompt or start token and end token included, without padding. */
  readonly sequences: number[][];
  /**
   * Sum of a sequence's log-probabilities / (generated tokens ** length_penalty). A drawn token counts as likely as it
   * was before temperature and cut-offs.
   */
  readonly scores: number[];
  /** For each sequence: [layers][heads][generated tokens] rows over the source's tokens. */
  readonly attentions?: readonly AttentionMap[];
}

/** Translates, summarises, transcribes, continues: whatever its model was trained to do. */
export interface Generator {
  /**
   * Generates sequences by greedy or beam search or by sampling, as Transformers' `generate` does. Of an encoder–decoder
   * `sources` are what it reads; of a causal model the texts that it continues.
   *
   * Sentences of like lengths are batched and decoded side by side, with those of other calls that wait at the same time and
   * search alike; results are in the order of the input. There may be fewer sequences than `num_return_sequences` where a
   * tiny vocabulary has no more.
   * @throws {InputError} for a token id outside the vocabulary, an empty or too long sentence, a config that is wrong.
   */
  generate(sources: Sources, config: GenerationConfig, options?: GenerateOptions): Promise<Generated[]>;
  /**
   * Log-probabilities of given targets, token by token (forced decoding), under the model alone. Of a causal model the
   * targets stand after the texts `sources`, each of which is at least `bos_token_id`.
   *
   * `targets`: token ids after the start token, usually with an end token.
   */
  score(
    sources: Sources,
    targets: readonly ArrayLike<number>[],
    config: GenerationConfig,
    options?: CallOptions,
  ): Promise<TargetScore[]>;
  /** Ends calls that wait with an error, waits for the batches in flight, and frees every session. */
  dispose(): Promise<void>;
}

/** How a kind of model takes what it is called with. */
interface Reading {
  readonly model: SequenceToSequenceModel;
  readonly showsAttention: boolean;
  sources(given: Sources, config: GenerationConfig): Source[];
  settings(config: GenerationConfig, source?: Source): GenerationSettings;
}

/**
 * A generator over an encoder–decoder, its weights by their checkpoint's names, and an engine.
 *
 * Programs are compiled when they are needed. Any number of calls can be made at once: what waits while a batch is decoded
 * shares the next one.
 * @throws {InputError} for every parameter that is missing or of another size.
 */
export function createGenerator(
  model: SequenceToSequenceModel,
  parameters: Parameters,
  backend: Backend,
  options: GeneratorOptions = {},
): Generator {
  const settings = (config: GenerationConfig) => settingsOf(config, model);
  const sources = (given: Sources, config: GenerationConfig) => sourcesOf(given, model, settings(config).start);
  return generatorOf({ model, showsAttention: true, sources, settings }, parameters, backend, options);
}

/**
 * As {@link createGenerator}, over a causal language model: it continues texts. An empty text begins with
 * `bos_token_id`; lengths, n-grams and penalties count the text; sequences begin with it.
 */
export function createCausalGenerator(
  causal: CausalModel,
  parameters: Parameters,
  backend: Backend,
  options: GeneratorOptions = {},
): Generator {
  const model = causalDecoder(causal);
  const reading: Reading = {
    model,
    showsAttention: false,
    sources: (given, { bos_token_id }) => promptsOf(given, causal, textStart(causal, bos_token_id)),
    settings: (config, source) => settingsOf(config, model, source?.prompt.length ?? 1),
  };
  return generatorOf(reading, parameters, backend, options);
}

type QueuedRequest = SearchRequest | ScoreRequest;

const isSearched = (request: QueuedRequest): request is SearchRequest => 'rules' in request;
const isScored = (request: QueuedRequest): request is ScoreRequest => 'target' in request;

function generatorOf(reading: Reading, parameters: Parameters, backend: Backend, options: GeneratorOptions): Generator {
  const { model } = reading;
  checkParameters(model, parameters);
  const { sessions = 1, threads, batch_size = usualBatch } = { ...sessionsOf(backend), ...options };
  if (!Number.isInteger(batch_size) || batch_size < 1) {
    throw new InputError(`generator: batch_size must be at least 1, got ${batch_size}`);
  }
  const weights = new SharedWeights(backend, parameters);
  const lanes = Array.from({ length: sessions }, () => new Programs(model, weights, { threads }));
  const queue = new BatchQueue<Programs, QueuedRequest, void>({
    name: 'the generator',
    lanes,
    fits: (count) => count <= batch_size,
    async run(programs, requests, signal) {
      // Equal keys: all are of one kind.
      const [searched, scored] = [requests.filter(isSearched), requests.filter(isScored)];
      if (searched.length > 0) await searchBatch(programs, searched, signal);
      if (scored.length > 0) await scoreBatch(programs, scored, signal);
      return requests.map(() => undefined);
    },
  });
  return {
    async generate(given, config, options = {}) {
      const checked = readGenerationConfig(config, 'generation config');
      checkOptions(reading.settings(checked), checked, options, reading);
      const isStopped = stoppingCriterion(checked, options.tokenizer);
      const sources = reading.sources(given, checked);
      const call = new Call<SearchResult>(sources.length, options);
      const { on_token, output_attentions: showsAttention = false } = options;
      const settingsAfter = byLength((source) => reading.settings(checked, source));
      const requests = sources.map((source) => {
        const onToken = on_token && ((chosen: ChosenToken) => on_token({ ...chosen, row: source.place }));
        const wish = { source, settings: settingsAfter(source), call, onToken, isStopped };
        return searchRequest(wish, showsAttention, model.vocabulary.target);
      });
      const results = await call.results((signal) => queue.submit(requests, { signal }));
      return results.map(generated);
    },
    async score(given, targets, config, options = {}) {
      const sources = reading.sources(given, readGenerationConfig(config, 'generation config'));
      const call = new Call<TargetScore>(sources.length, options);
      const requests = scoreRequests(model, sources, targets, call);
      return call.results((signal) => queue.submit(requests, { signal }));
    },
    async dispose() {
      await queue.close();
      await Promise.all(lanes.map((programs) => programs.dispose()));
      await weights.dispose();
    },
  };
}

/** Makes settings once for all prompts of one length, the only thing of a source that they depend on. */
function byLength(make: (source: Source) => GenerationSettings): (source: Source) => GenerationSettings {
  const made = new Map<number, GenerationSettings>();
  return (source) => {
    const { length } = source.prompt;
    const known = made.get(length) ?? make(source);
    made.set(length, known);
    return known;
  };
}

function checkOptions(
  { beams }: GenerationSettings,
  { stop_strings }: GenerationConfig,
  options: GenerateOptions,
  { showsAttention }: Reading,
): void {
  if (isGiven(stop_strings) && !options.tokenizer) {
    throw new InputError('generate: stop_strings need the tokenizer that writes the text; pass it as tokenizer');
  }
  if (options.output_attentions && !showsAttention) {
    throw new InputError('generate: output_attentions is for models with cross-attention, got it for a causal model');
  }
  if (options.on_token && beams > 1) {
    throw new InputError(`generate: on_token needs num_beams = 1, got ${beams}: beams are chosen at the end`);
  }
}

function generated({ hypotheses, attentions }: SearchResult): Generated {
  return {
    sequences: hypotheses.map(({ tokens }) => [...tokens]),
    scores: hypotheses.map(({ score }) => score),
    ...(attentions && { attentions }),
  };
}
