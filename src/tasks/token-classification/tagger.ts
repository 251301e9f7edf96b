import { gradient, input, type Tensor } from '../../graph/index.ts';
import { encoderInputs } from '../../models/forward-graph.ts';
import type { TokenClassifier } from '../../models/token-classifier.ts';
import { crfLogPartition, type Scope } from '../../nn/index.ts';
import { cast } from '../../ops/index.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import { ModelProgram } from '../model/model-program.ts';
import { likeLengths } from '../model/text-batch.ts';
import { wordFeeds, wordNumbers } from './words/word-batch.ts';
import type { EncodedWords } from './words/word-encode.ts';

type Numbers = ReadonlyMap<string, Float32Array>;

/** What a tagger makes of the words of a sentence or of a part of it. Rows are words, columns labels. */
export interface WordScores {
  /** [W, N] */
  readonly logits: Float32Array;
  /** With a CRF: the logarithm of the sum over all label sequences, and p(label of the word | sentence), [W, N]. */
  readonly chain?: { readonly logPartition: number; readonly marginals: Float32Array };
}

/** How sentences become batches. */
export interface TagOptions {
  readonly padTokenId: number;
  /** Tokens in a batch, padding counted; a longer sentence is a batch of its own. */
  readonly maxTokens: number;
}

/** The graph of a tagger without dropout; with a CRF also its marginals, the gradient of log Z by the emissions. */
function outputsOf(root: Scope, model: TokenClassifier): Record<string, Tensor> {
  const logits = model.logitsAt(root, encoderInputs(model), input('word_places', ['batch', 'words'], 'int32'));
  const chain = model.chain(root);
  if (!chain) return { logits };
  const mask = cast(input('word_mask', ['batch', 'words'], 'int32'), { dtype: 'float' });
  const partition = crfLogPartition(chain, logits, mask);
  const [marginals] = gradient(partition, [logits]);
  return { logits, log_partition: partition, ...(marginals && { marginals }) };
}

/** A tagger at work on encoded sentences. Compiled once; must be disposed of. */
export class Tagger {
  readonly #program: ModelProgram;
  readonly #labels: number;

  private constructor(program: ModelProgram, labels: number) {
    this.#program = program;
    this.#labels = labels;
  }

  /** With shared weights the engine keeps them; with an engine alone, `scores` is given other ones at every call. */
  static async make(model: TokenClassifier, engine: Backend | SharedWeights): Promise<Tagger> {
    const program = await ModelProgram.make((root) => outputsOf(root, model), engine);
    return new Tagger(program, model.labels.length);
  }

  /** The scores of every sentence or part, in their order. */
  async scores(words: EncodedWords, { padTokenId, maxTokens }: TagOptions, weights?: Numbers): Promise<WordScores[]> {
    const found = new Array<WordScores>(words.ids.length);
    for (const batch of likeLengths(words.ids, maxTokens)) {
      const ones = (index: number) => new Int32Array(words.places[index].length).fill(1);
      const word_mask = wordNumbers(words, batch, ones, 0);
      const results = await this.#program.run({ ...wordFeeds(words, batch, padTokenId), word_mask }, weights);
      const numbers = (name: string) => results[name]?.data as Float32Array | undefined;
      const [logits, partition, marginals] = ['logits', 'log_partition', 'marginals'].map(numbers);
      const places = word_mask.shape[1];
      batch.forEach((index, row) => {
        const from = row * places * this.#labels;
        const to = from + words.places[index].length * this.#labels;
        const cut = (all: Float32Array | undefined) => (all ?? new Float32Array()).slice(from, to);
        const chain = partition && { logPartition: partition[row], marginals: cut(marginals) };
        found[index] = { logits: cut(logits), ...(chain && { chain }) };
      });
    }
    return found;
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}
