import { randomStream } from '../../../data/batch/shuffle.ts';
import { type Binding, gradient, input, mul, sum, type Tensor } from '../../../graph/index.ts';
import { feedForward, noMask, recurrent, type Scope, Trace, transformerBlock } from '../../../nn/index.ts';
import { Evaluation } from '../../evaluation.ts';
import type { Lab } from '../../experiment.ts';
import { floats } from '../../feed.ts';
import { type GraphWork, graphWork } from '../../graph-work.ts';
import { initialWeights } from '../../weights.ts';

/** Width of every layer's vectors, D. */
export const width = 128;

/** A layer over vectors, [B, T, D] → [B, T, D], with 8·D² weights. */
export interface Layer {
  readonly name: string;
  apply(root: Scope, x: Tensor): Tensor;
}

const feedForwardConfig = { width, innerWidth: 4 * width, activation: 'relu' } as const;

export const recurrentLayer: Layer = {
  name: 'recurrent (LSTM)',
  apply: (root, x) => recurrent(root, { cell: 'lstm', inputSize: width, hiddenSize: width, hasBias: false }, x).output,
};

/** Attention makes half of the block's products with weights, the feed-forward network the other half. */
export const attentionLayer: Layer = {
  name: 'attention (Transformer block)',
  apply(root, x) {
    const block = {
      attention: { width, heads: 4 },
      feedForward: { ...feedForwardConfig, innerWidth: 2 * width },
      normPlace: 'pre',
      dropout: 0,
    } as const;
    return transformerBlock(root, block, x, noMask()).output;
  },
};

/** Every token by itself. */
export const tokenwiseLayer: Layer = {
  name: 'feed-forward (tokens apart)',
  apply: (root, x) => feedForward(root, feedForwardConfig, x),
};

export const passes = ['forward', 'forward and backward'] as const;
export type Pass = (typeof passes)[number];

/**
 * What a pass computes: the layer's output, or the gradients of its product with `direction` with respect to the input
 * and all weights.
 */
export function passed(root: Scope, layer: Layer, pass: Pass): Readonly<Record<string, Tensor>> {
  const x = input('x', ['batch', 'time', width]);
  const output = layer.apply(root, x);
  if (pass === 'forward') return { output };
  const shown = sum(mul(output, input('direction', ['batch', 'time', width])), { axes: [0, 1, 2] });
  const by = [x, ...[...root.trace.parameters.values()].map(({ tensor }) => tensor)];
  return Object.fromEntries(gradient(shown, by).map((dx, i) => [`gradient${i}`, dx as Tensor]));
}

/** The cost of a layer's pass over one sequence of `time` tokens, by definition. */
export const workOf = (layer: Layer, pass: Pass, time: number): GraphWork =>
  graphWork(
    Object.values(passed(new Trace().root, layer, pass)),
    new Map(Object.entries({ batch: 1, time })) as Binding,
  );

/** A shape of batch: `rows` sequences of `time` tokens. */
export interface BatchShape {
  readonly rows: number;
  readonly time: number;
}

/** A layer's pass ready to be timed; `threads` of the engine work on it. */
export interface Contestant {
  readonly layer: Layer;
  readonly pass: Pass;
  readonly threads: number;
}

/** Milliseconds of every round, [contestant][shape][seed][round]. */
export type Timings = readonly (readonly (readonly (readonly number[])[])[])[];

/**
 * Times every contestant on every shape. Each is compiled once for all shapes; in every round all take a turn, so that
 * other load on the machine affects them equally.
 */
export async function timed(
  { backend, seeds, say }: Lab,
  contestants: readonly Contestant[],
  shapes: readonly BatchShape[],
  rounds: number,
): Promise<Timings> {
  const timings: number[][][][] = contestants.map(() => shapes.map(() => seeds.map(() => [])));
  const evaluations: Evaluation[] = [];
  try {
    for (const { layer, pass, threads } of contestants) {
      const compile: typeof backend.compile = (model) => backend.compile(model, { threads });
      evaluations.push(await Evaluation.make({ ...backend, compile }, (root) => passed(root, layer, pass)));
    }
    for (const [s, seed] of seeds.entries()) {
      const weights = evaluations.map(({ parameters }) => initialWeights(parameters, seed));
      const feeds = shapes.map((shape) => randomVectors(seed, shape));
      // Round 0 warms up memory and does not count.
      for (let round = 0; round <= rounds; round++) {
        for (const [shape, given] of feeds.entries())
          for (const [one, evaluation] of evaluations.entries()) {
            const begin = performance.now();
            await evaluation.run(weights[one], given);
            if (round > 0) timings[one][shape][s].push(performance.now() - begin);
          }
        say((s + round / rounds) / seeds.length, `round ${round} of ${rounds}`);
      }
    }
    return timings;
  } finally {
    for (const evaluation of evaluations) await evaluation.dispose();
  }
}

/** `x` and `direction`, each number −1 or 1. */
function randomVectors(seed: number, { rows, time }: BatchShape) {
  const random = randomStream(seed, rows, time);
  const signs = () => Float32Array.from({ length: rows * time * width }, () => 2 * random.below(2) - 1);
  return { x: floats([rows, time, width], signs()), direction: floats([rows, time, width], signs()) };
}
