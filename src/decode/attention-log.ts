import { itemAt } from '../io/item-at.ts';

/** Attention weights of one hypothesis: [layers][heads][target steps] rows over the source's tokens. */
export type AttentionMap = readonly (readonly (readonly Float32Array[])[])[];

/** One layer's weights at one step, [sentences, H, beams, S]. */
interface LayerWeights {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** One step of a batch. */
interface Step {
  readonly layers: readonly LayerWeights[];
  /** The row of each sentence. */
  readonly rows: ReadonlyMap<number, number>;
}

/** The cross-attention of every step of a batch, to be read along the beams of a hypothesis. */
export class AttentionLog {
  readonly #steps: Step[] = [];

  /** Adds a step. `sentences`: the sentence of each row. */
  record(layers: readonly LayerWeights[], sentences: readonly number[]): void {
    this.#steps.push({ layers, rows: new Map(sentences.map((sentence, row) => [sentence, row])) });
  }

  /** The attention of a sentence's hypothesis, whose beam at each step is `beams[step]`, over its `source` tokens. */
  follow(sentence: number, beams: readonly number[], source: number): AttentionMap {
    const [first] = this.#steps;
    return (first?.layers ?? []).map(({ shape }, layer) =>
      Array.from({ length: itemAt(shape, 1, 'an axis') }, (_, head) =>
        beams.map((beam, step) =>
          weightsOf(itemAt(this.#steps, step, 'a step'), { sentence, layer, head, beam, source }),
        ),
      ),
    );
  }
}

/** One row of one head: the attention of a sentence's beam in a step. */
function weightsOf(
  { layers, rows }: Step,
  { sentence, layer, head, beam, source }: Record<'sentence' | 'layer' | 'head' | 'beam' | 'source', number>,
): Float32Array {
  const { shape, data } = itemAt(layers, layer, 'a layer');
  const [, heads, beams, width] = shape;
  const row = rows.get(sentence);
  if (row === undefined || heads === undefined || beams === undefined || width === undefined) {
    throw new RangeError(
      `expected weights [sentences, H, beams, S] of sentence ${sentence}, got [${shape.join(', ')}]`,
    );
  }
  const at = ((row * heads + head) * beams + beam) * width;
  return data.slice(at, at + source);
}
