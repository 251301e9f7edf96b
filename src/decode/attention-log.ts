/** Attention weights of one hypothesis: [layers][heads][target steps] rows over the source's tokens. */
export type AttentionMap = readonly (readonly (readonly Float32Array[])[])[];

/** One layer's weights at one step, [sentences, H, beams, S]. */
interface LayerWeights {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Cross-attention of every step of a batch, to be read along the beams of a hypothesis. */
export class AttentionLog {
  readonly #steps: { readonly layers: readonly LayerWeights[]; readonly rows: ReadonlyMap<number, number> }[] = [];

  /** Adds a step. `sentences`: which sentence each row belongs to. */
  record(layers: readonly LayerWeights[], sentences: readonly number[]): void {
    this.#steps.push({ layers, rows: new Map(sentences.map((sentence, row) => [sentence, row])) });
  }

  /** What a sentence's hypothesis, which lay in `beams[step]`, looked at, over its `source` tokens. */
  follow(sentence: number, beams: readonly number[], source: number): AttentionMap {
    return this.#steps[0].layers.map(({ shape: [, heads] }, layer) =>
      Array.from({ length: heads }, (_, head) =>
        beams.map((beam, step) => {
          const { layers, rows } = this.#steps[step];
          const { shape, data } = layers[layer];
          const at = ((rows.get(sentence)! * heads + head) * shape[2] + beam) * shape[3];
          return data.slice(at, at + source);
        }),
      ),
    );
  }
}
