import { encoderInputs } from '../../models/forward-graph.ts';
import type { SequenceClassifier } from '../../models/sequence-classifier.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import { ModelProgram } from '../model/model-program.ts';
import { likeLengths, textFeeds } from '../model/text-batch.ts';

type Numbers = ReadonlyMap<string, Float32Array>;

/** How texts become batches. */
export interface ClassifyOptions {
  readonly padTokenId: number;
  /** Tokens in a batch, padding counted; a longer text is a batch of its own. */
  readonly maxTokens: number;
}

/** Logits of texts. Compiled once; must be disposed of. */
export class Classifier {
  readonly #program: ModelProgram;
  readonly #labels: number;

  private constructor(program: ModelProgram, labels: number) {
    this.#program = program;
    this.#labels = labels;
  }

  /** With shared weights the engine keeps them; with an engine alone, `logits` is given other ones at every call. */
  static async make(model: SequenceClassifier, engine: Backend | SharedWeights): Promise<Classifier> {
    const program = await ModelProgram.make((root) => ({ logits: model.logits(root, encoderInputs(model)) }), engine);
    return new Classifier(program, model.labels.length);
  }

  /** [N] of every text, in their order. */
  async logits(
    texts: readonly Int32Array[],
    { padTokenId, maxTokens }: ClassifyOptions,
    weights?: Numbers,
  ): Promise<Float32Array[]> {
    const found = new Array<Float32Array>(texts.length);
    for (const batch of likeLengths(texts, maxTokens)) {
      const { logits } = await this.#program.run(textFeeds(texts, batch, padTokenId), weights);
      const data = logits.data as Float32Array;
      batch.forEach((index, row) => {
        found[index] = data.slice(row * this.#labels, (row + 1) * this.#labels);
      });
    }
    return found;
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }
}
