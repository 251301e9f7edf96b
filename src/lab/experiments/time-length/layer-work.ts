import { type Layer, passes, recurrentLayer, tokenwiseLayer, workOf } from './timed-layer.ts';

/** What a layer costs at every length, by its graph. */
export interface LayerWork {
  readonly layer: Layer;
  /** Products in sequence, forward. */
  readonly inSequence: readonly number[];
  readonly inSequenceBothWays: readonly number[];
  /** Multiply-adds per token, forward. */
  readonly perToken: readonly number[];
  /** Steps between the first token and the output at the last, by definition; undefined if they never meet. */
  path(time: number): number | undefined;
}

export function layerWork(layer: Layer, lengths: readonly number[]): LayerWork {
  const [forward, bothWays] = passes.map((pass) => lengths.map((time) => workOf(layer, pass, time)));
  return {
    layer,
    inSequence: forward.map(({ inSequence }) => inSequence),
    inSequenceBothWays: bothWays.map(({ inSequence }) => inSequence),
    perToken: forward.map(({ multiplyAdds }, i) => multiplyAdds / lengths[i]),
    path(time) {
      if (layer === tokenwiseLayer) return undefined;
      return layer === recurrentLayer ? time : 1;
    },
  };
}
