import { reshape, scan, type Tensor, zerosOf } from '../../../graph/index.ts';
import {
  type AlignmentConfig,
  align,
  cellOf,
  type LayerStates,
  linear,
  type RecurrentConfig,
  recurrent,
  recurrentStep,
  type Scope,
} from '../../../nn/index.ts';
import { concat, slice, tanh, transpose, where } from '../../../ops/index.ts';
import { recurrentConfig } from './fields.ts';
import type { RecurrentSeq2SeqConfig } from './seq2seq-config.ts';

/** Widths and layers of a decoder, taken from a configuration. */
export interface DecoderParts {
  readonly hiddenSize: number;
  /** D: width of an encoder state. */
  readonly memorySize: number;
  /** Width of the output layer's input. */
  readonly outputSize: number;
  readonly layers: RecurrentConfig;
  /** Whether a layer makes the first states of the encoder's last ones. */
  readonly hasBridge: boolean;
  readonly alignment?: AlignmentConfig;
  /** Whether the context enters the cell: the state before the step attends. */
  readonly hasContextIn: boolean;
  /** Whether the last output enters the cell. */
  readonly hasInputFeeding: boolean;
}

export function decoderParts(config: RecurrentSeq2SeqConfig): DecoderParts {
  const { attention, embedding_size: width, input_feeding: hasInputFeeding } = config;
  const hiddenSize = config.decoder_hidden_size ?? config.hidden_size;
  const memorySize = config.hidden_size * (config.bidirectional ? 2 : 1);
  const hasContextIn = attention !== 'none' && config.attention_query === 'previous';
  const outputSize = config.tie_word_embeddings ? width : hiddenSize;
  const inputSize = width + (hasContextIn ? memorySize : 0) + (hasInputFeeding ? outputSize : 0);
  const inner = config.attention_size ?? hiddenSize;
  const sizes = { query: hiddenSize, memory: memorySize, inner, window: config.attention_window };
  return {
    hiddenSize,
    memorySize,
    outputSize,
    hasContextIn,
    hasInputFeeding,
    hasBridge: config.init_hidden === 'bridge',
    layers: recurrentConfig(config, inputSize, { hiddenSize }),
    ...(attention !== 'none' && { alignment: { score: attention, ...sizes } }),
  };
}

/** What a decoder reads from a source. */
export interface Memory {
  /** [B, S, D] */
  readonly memory: Tensor;
  /** Keys that attention computed from it, [B, S, ...]. */
  readonly keys: Tensor;
  /** float [B, 1, S] */
  readonly mask: Tensor;
}

/**
 * What a decoder carries from token to token: the states of its layers, followed by the last output if it is fed back.
 */
export type Carried = readonly Tensor[];

/** Context and weights for rows of states: [N, Q] → [N, D]. */
export type Attend = (query: Tensor) => Tensor;

/** One token for each of N rows. `x`: its vector, [N, E] → the output layer's input, [N, O], and the next carry. */
export function decodeToken(
  scope: Scope,
  parts: DecoderParts,
  x: Tensor,
  carried: Carried,
  attend: Attend,
): { readonly output: Tensor; readonly carried: Carried } {
  const { state, context, states } = takeToken(scope, parts, x, carried, attend);
  const output = outputVector(scope, parts, state, context, x);
  return { output, carried: parts.hasInputFeeding ? [...states, output] : states };
}

/** The result of the cells for a token: the last layer's output, the context and the new states. */
function takeToken(scope: Scope, parts: DecoderParts, x: Tensor, carried: Carried, attend: Attend) {
  const { layers, hasContextIn, hasInputFeeding, alignment } = parts;
  const before = hasInputFeeding ? carried.slice(0, -1) : carried;
  const fed = hasInputFeeding ? carried.slice(-1) : [];
  const entering = hasContextIn ? [attend(before[before.length - cellOf(layers).states])] : [];
  const step = scope.layer('rnn', (at) => recurrentStep(at, layers, joined([x, ...entering, ...fed]), before));
  const context = entering[0] ?? (alignment && attend(step.output));
  return { state: step.output, context, states: step.states };
}

/** How a decoder reads its own predictions during training. Source: Bengio et al. 2015 (scheduled sampling). */
export interface ScheduledSampling {
  /** bool [T, B]: true to read the target's token. */
  readonly isGold: Tensor;
  /** The vector of the most likely token after an output. [B, O] → [B, E]. */
  choose(output: Tensor): Tensor;
}

/**
 * All tokens of a target, one after the other. `y`: [B, T, E] → [B, T, O].
 *
 * The output layer is part of a step only if the next step reads its result; otherwise it handles all steps at once.
 */
export function decodeInTurn(
  scope: Scope,
  parts: DecoderParts,
  y: Tensor,
  first: LayerStates,
  memory: Memory,
  sampling?: ScheduledSampling,
): Tensor {
  const [batch, time, width] = y.shape;
  const x = swapTimeAndBatch(y);
  const isOutputRead = parts.hasInputFeeding || sampling !== undefined;
  const fed = parts.hasInputFeeding ? [zerosOf([batch, parts.outputSize])] : [];
  const chosen = sampling ? [zerosOf([batch, width])] : [];
  const sequences = sampling ? [x, sampling.isGold] : [x];
  const { outputs } = scan({ carries: [...first, ...fed, ...chosen], sequences }, (before, [gold, isGold]) => {
    const token = sampling ? where(reshape(isGold, { shape: [batch, 1] }), gold, before[before.length - 1]) : gold;
    const shown: Tensor[] = [];
    const attend: Attend = (query) => {
      const one = reshape(query, { shape: [batch, 1, query.shape[1]] });
      const { context, weights } = attendTo(scope, parts, one, memory);
      shown.push(reshape(weights, { shape: [batch, weights.shape[2]] }));
      return reshape(context, { shape: [batch, context.shape[2]] });
    };
    if (!isOutputRead) {
      const { state, context, states } = takeToken(scope, parts, token, before, attend);
      return { carries: states, outputs: [...shown, state, ...(context ? [context] : [])] };
    }
    const { output, carried } = decodeToken(scope, parts, token, sampling ? before.slice(0, -1) : before, attend);
    return { carries: sampling ? [...carried, sampling.choose(output)] : carried, outputs: [...shown, output] };
  });
  const alpha = parts.alignment && swapTimeAndBatch(outputs[0]);
  if (alpha) scope.trace.tap('cross_attentions.0', reshape(alpha, { shape: [batch, 1, time, alpha.shape[2]] }));
  const [hidden, context] = alpha ? outputs.slice(1) : outputs;
  return swapTimeAndBatch(isOutputRead ? hidden : outputVector(scope, parts, hidden, context, x));
}

/** All tokens of a known target at once after the recurrent layers, if a step does not depend on attention. */
export function decodeAtOnce(scope: Scope, parts: DecoderParts, y: Tensor, first: LayerStates, memory: Memory): Tensor {
  const { layers, alignment } = parts;
  const count = cellOf(layers).states;
  const initial = Array.from({ length: count }, (_, i) => {
    const rows = first.filter((__, at) => at % count === i);
    return joined(
      rows.map((row) => reshape(row, { shape: [1, ...row.shape] })),
      0,
    );
  });
  const { output } = scope.layer('rnn', (at) => recurrent(at, layers, y, { initial }));
  if (!alignment) return outputVector(scope, parts, output);
  const { context, weights } = attendTo(scope, parts, output, memory);
  const [batch, time, source] = weights.shape;
  scope.trace.tap('cross_attentions.0', reshape(weights, { shape: [batch, 1, time, source] }));
  return outputVector(scope, parts, output, context);
}

/** Context and α of queries, [B, T, Q]. */
export function attendTo(scope: Scope, { alignment }: DecoderParts, query: Tensor, memory: Memory) {
  if (!alignment) throw new Error('decoder: this model has no attention');
  return scope.layer('attention', (at) => align(at, alignment, query, memory));
}

/**
 * The decoder's first states: tanh(W·h + b) of each layer's last encoder states, without tanh for a cell state; or those
 * states as they are.
 */
export function firstStates(scope: Scope, parts: DecoderParts, ends: readonly Tensor[]): LayerStates {
  const { layers = 1, hiddenSize } = parts.layers;
  const names = ['hidden', 'cell'];
  return Array.from({ length: layers }, (_, layer) =>
    ends.map((end, i) => {
      const [count, batch, width] = end.shape;
      const sides = (count as number) / layers;
      const own = slice(end, { axis: 0, start: layer * sides, end: (layer + 1) * sides });
      const inFeatures = sides * (width as number);
      const rows = reshape(swapTimeAndBatch(own), { shape: [batch, inFeatures] });
      if (!parts.hasBridge) return rows;
      const made = scope.layer(`bridge.${layer}.${names[i]}`, (at) =>
        linear(at, { inFeatures, outFeatures: hiddenSize }, rows),
      );
      return i === 0 ? tanh(made) : made;
    }),
  ).flat();
}

/**
 * The output layer's input: tanh(W·[state; context; x] + b), with x if the context enters the cell; the state itself if
 * there is nothing else and it is wide enough.
 */
function outputVector(
  scope: Scope,
  { outputSize, hasContextIn }: DecoderParts,
  state: Tensor,
  context?: Tensor,
  x?: Tensor,
): Tensor {
  const all = joined([state, ...(context ? [context] : []), ...(hasContextIn && x ? [x] : [])]);
  const inFeatures = all.shape[all.rank - 1] as number;
  if (all === state && inFeatures === outputSize) return all;
  return tanh(scope.layer('output', (at) => linear(at, { inFeatures, outFeatures: outputSize }, all)));
}

const joined = (tensors: readonly Tensor[], axis = -1): Tensor =>
  tensors.length === 1 ? tensors[0] : concat(tensors, { axis });

/** Swaps batch and time: [B, T, D] ↔ [T, B, D]. */
const swapTimeAndBatch = (x: Tensor): Tensor => transpose(x, { permutation: [1, 0, 2] });
