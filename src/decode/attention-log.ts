import { itemAt } from '../io/item-at.ts';

/** Attention weights of one hypothesis: [layers][heads][target steps] rows over the source's tokens. */
export type AttentionMap = readonly (readonly (readonly Float32Array[])[])[];

/** One layer's weights at one step, [sentences, H, beams, S]. */
interface LayerWeights {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** One step of a batch, and the sentence's row in it. */
interface Step {
  readonly layers: readonly LayerWeights[];
  readonly row: number;
}

/** The cross-attention of every step of a sentence, to be read along the beams of a hypothesis. */
export class AttentionLog {
  readonly #steps: Step[] = [];

  /** Adds a step in which the sentence has this row. */
  record(layers: readonly LayerWeights[], row: number): void {
    this.#steps.push({ layers, row });
  }

  /** The attention of a hypothesis, whose beam at each step is `beams[step]`, over the `source` tokens. */
  follow(beams: readonly number[], source: number): AttentionMap {
    const [first] = this.#steps;
    return (first?.layers ?? []).map(({ shape }, layer) =>
      Array.from({ length: itemAt(shape, 1, 'an axis') }, (_, head) =>
        beams.map((beam, step) => weightsOf(itemAt(this.#steps, step, 'a step'), { layer, head, beam, source })),
      ),
    );
  }
}

/** One row of one head: the attention of a beam in a step. */
function weightsOf(
  { layers, row }: Step,
  { layer, head, beam, source }: Record<'layer' | 'head' | 'beam' | 'source', number>,
): Float32Array {
  const { shape, data } = itemAt(layers, layer, 'a layer');
  const [, heads, beams, width] = shape;
  if (heads === undefined || beams === undefined || width === undefined) {
    throw new RangeError(`expected weights [sentences, H, beams, S], got [${shape.join(', ')}]`);
  }
  const at = ((row * heads + head) * beams + beam) * width;
  return data.slice(at, at + source);
}
