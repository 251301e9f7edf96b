import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import type { LoadedModel } from '../../models/folder/load.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { callLimits } from '../model/call-limit.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { givenTexts } from '../model/given-text.ts';
import { ModelTensor } from '../model/model-tensor.ts';
import type { ModelSource } from '../platform/platform.ts';
import { type EmbeddedText, type EmbedOptions, openEmbedder } from './embedder.ts';
import { type PoolingMode, poolingAliases, poolingModeNames } from './pooling-mode.ts';
import type { SentenceForm } from './sentence-folder.ts';

/** How to embed texts. */
export interface FeatureExtractionOptions {
  /**
   * How the vectors of a text's tokens become one: `none` keeps them all. Default: what the folder's `modules.json` says, else `none`. `first_token` is an alias of `cls`, and `eos` of `last_token`.
   */
  readonly pooling?: 'none' | PoolingMode | keyof typeof poolingAliases | undefined;
  /** Whether vectors are scaled to length 1. Default: what the folder's `modules.json` says of the vectors of texts, else false. */
  readonly normalize?: boolean | undefined;
  /**
   * Whether to cut a text that has more tokens than the model reads, and list it in `truncated`; otherwise such a text is refused. Default true.
   */
  readonly truncation?: boolean | undefined;
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const callOptions: CallOptions = {
  own: { pooling: 'other', normalize: 'flag', truncation: 'flag', signal: 'signal' },
};

/** Vectors of texts: float32 [B, D], or with `pooling: 'none'` [B, T, D] with zeros for padding. */
export class Embeddings extends ModelTensor<Float32Array> {
  /** The indices of texts of which only the first tokens were read. */
  readonly truncated: readonly number[];
  /** The indices of empty texts, which have no tokens of their own, or only blanks. */
  readonly empty: readonly number[];

  constructor(dims: readonly number[], data: Float32Array, texts: readonly Pick<EmbeddedText, 'isCut' | 'isEmpty'>[]) {
    super(dims, data);
    this.truncated = texts.flatMap(({ isCut }, at) => (isCut ? [at] : []));
    this.empty = texts.flatMap(({ isEmpty }, at) => (isEmpty ? [at] : []));
  }
}

/** A function from texts to vectors, in order; of a single text the batch has size 1, as in transformers.js. Texts that are empty or cut are listed in the result. */
export interface FeatureExtractionPipeline {
  (texts: string | readonly string[], options?: FeatureExtractionOptions): Promise<Embeddings>;
  readonly task: 'feature-extraction';
  readonly model: LoadedModel<'encoder'>;
  readonly tokenizer: Tokenizer;
  /** How the folder's `modules.json` makes a vector of a text; undefined without that file. */
  readonly sentence: SentenceForm | undefined;
  /** The most tokens of a text. */
  readonly max_length: number;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

const task = 'feature-extraction' as const;

/** The pooling of a name; null for `none`. @throws {InputError} for an unknown one. */
export function poolingOf(name: unknown, where: string): PoolingMode | null {
  if (name === 'none') return null;
  const alias = Object.entries(poolingAliases).find(([other]) => other === name)?.[1];
  const known = alias ?? poolingModeNames.find((mode) => mode === name);
  if (known) return known;
  const names = ['none', ...poolingModeNames, ...Object.keys(poolingAliases)];
  const near = typeof name === 'string' ? didYouMean(name, names) : '';
  throw new InputError(`${where}: expected one of ${names.join(', ')}, got ${JSON.stringify(name)}${near}`);
}

/** What a call asks for, completed by the folder's form. */
export function embedOptions(
  where: string,
  { pooling: name, normalize, truncation = true, signal }: FeatureExtractionOptions,
  sentence: SentenceForm | undefined,
): EmbedOptions {
  const pooling = name === undefined ? (sentence?.pooling ?? null) : poolingOf(name, `${where}: pooling`);
  const usual = pooling !== null && (sentence?.normalize ?? false);
  return { pooling, normalize: normalize ?? usual, truncation, signal };
}

/** @throws {InputError} when the folder is not a complete encoder with a tokenizer; see `loadEncoder`. */
export async function featureExtractionPipeline(source: ModelSource): Promise<FeatureExtractionPipeline> {
  const limits = callLimits(source.limits, false);
  const embedder = await openEmbedder(source);
  const { model, tokenizer, sentence, maxTokens } = embedder;
  const extract = async (texts: string | readonly string[], options: FeatureExtractionOptions = {}) => {
    checkCallOptions(task, options, callOptions);
    const chosen = embedOptions(task, options, sentence);
    const found = await embedder.embed(givenTexts(task, texts, limits), chosen);
    return embeddings(found, model.model.width, chosen.pooling === null);
  };
  const form = sentence && { pooling: sentence.pooling, normalize: sentence.normalize };
  return Object.assign(extract, {
    task,
    model,
    tokenizer,
    sentence: form,
    max_length: maxTokens,
    dispose: () => embedder.dispose(),
  });
}

/** The vectors of texts in one tensor. */
function embeddings(found: readonly EmbeddedText[], width: number, areTokens: boolean): Embeddings {
  const longest = found.reduce((most, { vectors }) => Math.max(most, vectors.length), areTokens ? 0 : width);
  const data = new Float32Array(found.length * longest);
  for (const [at, { vectors }] of found.entries()) data.set(vectors, at * longest);
  return new Embeddings([found.length, ...(areTokens ? [longest / width] : []), width], data, found);
}
