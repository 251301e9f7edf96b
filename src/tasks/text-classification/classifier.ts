import type { Tensor } from '../../graph/index.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import type { SequenceClassifier } from '../../models/model.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import { type ProgramRow, QueuedProgram, type WeightedCall } from '../model/queued-program.ts';
import { textFeeds } from '../model/text-batch.ts';

/** How texts become batches. */
export interface ClassifyOptions {
  readonly padTokenId: number;
  /** Tokens in a batch, padding included; a longer text is a batch by itself. */
  readonly maxTokens: number;
}

interface TextRow extends ProgramRow {
  readonly ids: Int32Array;
}

interface Outputs {
  readonly logits: Tensor;
}

/** Logits of texts, for any number of concurrent calls. Compiled once; must be disposed of. */
export class Classifier {
  readonly #program: QueuedProgram<TextRow, Float32Array, Outputs>;

  private constructor(program: QueuedProgram<TextRow, Float32Array, Outputs>) {
    this.#program = program;
  }

  /** With shared weights the engine holds them; otherwise `logits` is called with its own. */
  static async make(
    model: SequenceClassifier,
    engine: Backend | SharedWeights,
    { padTokenId, maxTokens }: ClassifyOptions,
  ): Promise<Classifier> {
    const labels = model.labels.length;
    const program = await QueuedProgram.make<TextRow, Float32Array, Outputs>({
      name: 'the classifier',
      outputs: (root) => ({ logits: model.logits(root, model.run(root, graphInputs(model.inputs))) }),
      engine,
      maxTokens,
      async batch(rows, run) {
        const texts = rows.map(({ ids }) => ids);
        const { logits } = await run(textFeeds(texts, padTokenId));
        const data = logits.data as Float32Array;
        return rows.map((_, row) => data.slice(row * labels, (row + 1) * labels));
      },
    });
    return new Classifier(program);
  }

  /** The logits, [N], of every text, in order. @throws `signal.reason` when it is aborted. */
  logits(texts: readonly Int32Array[], { weights, signal }: WeightedCall = {}): Promise<Float32Array[]> {
    const rows = texts.map((ids) => ({ ids, size: ids.length, key: weights }));
    return this.#program.submit(rows, { signal });
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}
