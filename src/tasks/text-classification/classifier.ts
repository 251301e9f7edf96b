import { encoderInputs } from '../../models/forward-graph.ts';
import type { SequenceClassifier } from '../../models/sequence-classifier.ts';
import { type Parameter, Trace } from '../../nn/index.ts';
import { lower } from '../../onnx/index.ts';
import type { Backend, HostTensor, Program } from '../../runtime/backend.ts';
import { parameterFeeds } from '../parameter-feed.ts';
import { likeLengths, textFeeds } from '../text-batch.ts';

type Numbers = ReadonlyMap<string, Float32Array>;

export interface ClassifyOptions {
  readonly padTokenId: number;
  /** Tokens in a batch, padding counted; a longer text is a batch of its own. */
  readonly maxTokens: number;
}

/** Logits of texts, without dropout. Compiled once; must be disposed of. */
export class Classifier {
  readonly #program: Program;
  /** What is fed with every batch. */
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #labels: number;

  private constructor(program: Program, parameters: ReadonlyMap<string, Parameter>, labels: number) {
    this.#program = program;
    this.#parameters = parameters;
    this.#labels = labels;
  }

  /** With `weights` the engine keeps them; without, `logits` is given other ones at every call. */
  static async make(model: SequenceClassifier, backend: Backend, weights?: Numbers): Promise<Classifier> {
    const trace = new Trace();
    const logits = model.logits(trace.root, encoderInputs(model));
    const stored = weights ? parameterFeeds(trace.parameters, weights) : {};
    const program = await backend.compile(lower({ logits }, stored).bytes);
    return new Classifier(program, weights ? new Map() : trace.parameters, model.labels.length);
  }

  /** [N] of every text, in their order. */
  async logits(
    texts: readonly Int32Array[],
    { padTokenId, maxTokens }: ClassifyOptions,
    weights: Numbers = new Map(),
  ): Promise<Float32Array[]> {
    const parameters = parameterFeeds(this.#parameters, weights);
    const found = new Array<Float32Array>(texts.length);
    for (const batch of likeLengths(texts, maxTokens)) {
      const feeds = { ...parameters, ...textFeeds(texts, batch, padTokenId) };
      const read = Object.fromEntries(
        this.#program.inputs.map((name) => [name, Reflect.get(feeds, name) as HostTensor]),
      );
      const data = ((await this.#program.run(read)).logits as HostTensor).data as Float32Array;
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
