import { gradient, input, type Tensor } from '../../graph/index.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import type { TokenClassifier } from '../../models/model.ts';
import { crfLogPartition, type Scope } from '../../nn/index.ts';
import { cast } from '../../ops/index.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import type { HostOutputs } from '../model/model-program.ts';
import { type ProgramRow, QueuedProgram, type WeightedCall } from '../model/queued-program.ts';
import { type WordRow, wordFeeds, wordNumbers } from './words/word-batch.ts';

/** The outputs of a tagger for the words of a sentence or a part of one. Rows are words, columns labels. */
export interface WordScores {
  /** [W, N] */
  readonly logits: Float32Array;
  /** With a CRF: the logarithm of the sum over all label sequences, and p(label of the word | sentence), [W, N]. */
  readonly chain?: { readonly logPartition: number; readonly marginals: Float32Array };
}

/** How sentences become batches. */
export interface TagOptions {
  readonly padTokenId: number;
  /** Tokens in a batch, padding included; a longer sentence is a batch by itself. */
  readonly maxTokens: number;
}

type Outputs = { readonly logits: Tensor; readonly log_partition?: Tensor; readonly marginals?: Tensor };

/** The graph of a tagger without dropout; with a CRF also its marginals, the gradient of log Z by the emissions. */
function outputsOf(root: Scope, model: TokenClassifier): Outputs {
  const logits = model.logitsAt(
    root,
    model.run(root, graphInputs(model.inputs)),
    input('word_places', ['batch', 'words'], 'int32'),
  );
  const chain = model.chain(root);
  if (!chain) return { logits };
  const mask = cast(input('word_mask', ['batch', 'words'], 'int32'), { dtype: 'float' });
  const partition = crfLogPartition(chain, logits, mask);
  const [marginals] = gradient(partition, [logits]);
  return { logits, log_partition: partition, ...(marginals && { marginals }) };
}

/** A sentence, or a part of one, among the encoded sentences of its call. */
interface SentenceRow extends ProgramRow {
  readonly sentence: WordRow;
}

/** A tagger for encoded sentences, for any number of concurrent calls. Compiled once; must be disposed of. */
export class Tagger {
  readonly #program: QueuedProgram<SentenceRow, WordScores, Outputs>;

  private constructor(program: QueuedProgram<SentenceRow, WordScores, Outputs>) {
    this.#program = program;
  }

  /** With shared weights the engine holds them; otherwise `scores` is called with its own. */
  static async make(
    model: TokenClassifier,
    engine: Backend | SharedWeights,
    { padTokenId, maxTokens }: TagOptions,
  ): Promise<Tagger> {
    const program = await QueuedProgram.make<SentenceRow, WordScores, Outputs>({
      name: 'the tagger',
      outputs: (root) => outputsOf(root, model),
      engine,
      maxTokens,
      async batch(rows, run) {
        const sentences = rows.map(({ sentence }) => sentence);
        const word_mask = wordNumbers(sentences, ({ places }) => new Int32Array(places.length).fill(1), 0);
        return scoresOf(sentences, await run({ ...wordFeeds(sentences, padTokenId), word_mask }), model.labels.length);
      },
    });
    return new Tagger(program);
  }

  /** The scores of every sentence or part, in order. @throws `signal.reason` when it is aborted. */
  scores(sentences: readonly WordRow[], { weights, signal }: WeightedCall = {}): Promise<WordScores[]> {
    const rows = sentences.map((sentence) => ({ sentence, size: sentence.ids.length, key: weights }));
    return this.#program.submit(rows, { signal });
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}

/** The outputs of the graph per sentence, without padding. */
function scoresOf(sentences: readonly WordRow[], outputs: HostOutputs<Outputs>, labels: number): WordScores[] {
  const logits = outputs.logits.data as Float32Array;
  const partition = outputs.log_partition?.data as Float32Array | undefined;
  const marginals = outputs.marginals?.data as Float32Array | undefined;
  const size = logits.length / sentences.length;
  return sentences.map(({ places }, row) => {
    const cut = (all: Float32Array) => all.slice(row * size, row * size + places.length * labels);
    const logPartition = partition?.[row];
    const chain = logPartition !== undefined && marginals && { logPartition, marginals: cut(marginals) };
    return { logits: cut(logits), ...(chain && { chain }) };
  });
}
