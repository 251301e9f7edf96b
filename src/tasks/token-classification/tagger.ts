import { gradient, input, type Tensor } from '../../graph/index.ts';
import { encoderInputs } from '../../models/forward-graph.ts';
import type { TokenClassifier } from '../../models/token-classifier.ts';
import { crfLogPartition, type Scope } from '../../nn/index.ts';
import { cast } from '../../ops/index.ts';
import type { Backend, HostTensor } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import { type ProgramRow, QueuedProgram, type WeightedCall } from '../model/queued-program.ts';
import { type WordRows, wordFeeds, wordNumbers } from './words/word-batch.ts';

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

/** A sentence, or a part of one, among the encoded ones of its call. */
interface SentenceRow extends ProgramRow {
  readonly words: WordRows;
  readonly index: number;
}

/** Sentences of any calls, as if they were of one. */
const together = (rows: readonly SentenceRow[]): WordRows => ({
  ids: rows.map(({ words, index }) => words.ids[index]),
  places: rows.map(({ words, index }) => words.places[index]),
  ...(rows[0].words.characters && { characters: rows.map(({ words, index }) => words.characters?.[index] ?? []) }),
});

/** A tagger at work on encoded sentences, for any number of calls at once. Compiled once; must be disposed of. */
export class Tagger {
  readonly #program: QueuedProgram<SentenceRow, WordScores>;

  private constructor(program: QueuedProgram<SentenceRow, WordScores>) {
    this.#program = program;
  }

  /** With shared weights the engine keeps them; with an engine alone, `scores` is given other ones at every call. */
  static async make(
    model: TokenClassifier,
    engine: Backend | SharedWeights,
    { padTokenId, maxTokens }: TagOptions,
  ): Promise<Tagger> {
    const program = await QueuedProgram.make<SentenceRow, WordScores>({
      name: 'the tagger',
      outputs: (root) => outputsOf(root, model),
      engine,
      maxTokens,
      async batch(rows, run) {
        const words = together(rows);
        const all = Int32Array.from(rows.keys());
        const ones = (index: number) => new Int32Array(words.places[index].length).fill(1);
        const word_mask = wordNumbers(words, all, ones, 0);
        return scoresOf(words, await run({ ...wordFeeds(words, all, padTokenId), word_mask }), model.labels.length);
      },
    });
    return new Tagger(program);
  }

  /** The scores of every sentence or part, in their order. @throws `signal.reason` when it is aborted. */
  scores(words: WordRows, { weights, signal }: WeightedCall = {}): Promise<WordScores[]> {
    const rows = words.ids.map(({ length }, index) => ({ words, index, size: length, key: weights }));
    return this.#program.submit(rows, { signal });
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}

/** What outputs of the graph say of every sentence, padding left out. */
function scoresOf({ places }: WordRows, outputs: Readonly<Record<string, HostTensor>>, labels: number): WordScores[] {
  const numbers = (name: string) => outputs[name]?.data as Float32Array | undefined;
  const [logits, partition, marginals] = ['logits', 'log_partition', 'marginals'].map(numbers);
  const width = outputs.logits.shape[1];
  return places.map(({ length }, row) => {
    const from = row * width * labels;
    const cut = (all: Float32Array | undefined) => (all ?? new Float32Array()).slice(from, from + length * labels);
    const chain = partition && { logPartition: partition[row], marginals: cut(marginals) };
    return { logits: cut(logits), ...(chain && { chain }) };
  });
}
