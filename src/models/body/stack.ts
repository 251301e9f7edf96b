import { add, mul, type Tensor } from '../../graph/index.ts';
import {
  type BlockContext,
  blockNorm,
  embed,
  linear,
  type Memory,
  type Places,
  relationAt,
  type Scope,
  transformerBlock,
  zeros,
} from '../../nn/index.ts';
import { slice } from '../../ops/index.ts';
import type { Named } from '../inputs/input-spec.ts';
import type { AddingStep, ChangingStep, Sequence, StackSpec, StackStep, TableSpec } from './transformer-spec.ts';

/** A path below a scope; the scope itself if it is empty. */
export const below = (scope: Scope, path: string): Scope => (path === '' ? scope : scope.at(path));

/** The tensor of a table. [rows, width]. */
export const tableAt = (prefix: Scope, { at, rows, width, initializer, part = 'table' }: TableSpec): Tensor =>
  below(prefix, at).parameter('weight', [rows, width], initializer, { part });

/** The vectors of the first token. [B, T, D] → [B, 1, D]. */
export const firstToken = (hidden: Tensor): Tensor => slice(hidden, { axis: 1, start: 0, end: 1 });

/** Inputs of a stack: tokens, their positions, and the mask of attention. */
export interface StackInput {
  /** int32 [B, T]; absent if the sequence is not made of tokens. */
  readonly ids?: Tensor | undefined;
  /** float [B|1, 1, T|1, S] */
  readonly mask: Tensor;
  readonly places: Places;
  /** All inputs of the model. */
  readonly given: Named;
  /** Whether only the last layer's vectors of the first token are wanted: [B, 1, D]. */
  readonly isFirstOnly?: boolean | undefined;
  /** Further inputs of each layer. */
  readonly context?: (layer: number) => Pick<BlockContext, 'selfKeyValue'> & { readonly memory?: Memory };
}

/** @throws {Error} when the sequence is not made of tokens. */
function tokensOf({ ids }: Pick<StackInput, 'ids'>): Tensor {
  if (!ids) throw new Error('stack: expected tokens for a step that reads them');
  return ids;
}

/** What a step adds; undefined if it adds nothing. [B|1, T, D]. */
function added(prefix: Scope, { at }: StackSpec, step: AddingStep, sequence: Sequence): Tensor | undefined {
  if ('positions' in step) return step.positions.embedding?.(below(prefix, at), sequence.places);
  if ('vectors' in step) return step.vectors(prefix, sequence.given);
  if ('rows' in step) {
    const ids = step.of(sequence);
    return ids && embed(tableAt(prefix, step.rows), ids, step.padRow);
  }
  const { words, scale = 1, padRow } = step;
  const vectors = embed(tableAt(prefix, words), sequence.ids, padRow);
  return scale === 1 ? vectors : mul(vectors, scale);
}

/** What a step makes of the vectors so far. [B, T, D] → [B, T, D']. */
function changed(prefix: Scope, { block }: StackSpec, step: ChangingStep, h: Tensor): Tensor {
  if ('norm' in step) return prefix.layer(step.norm, (scope) => blockNorm(scope, block(0), h));
  if ('drop' in step) return below(prefix, step.at).dropout(h, step.drop);
  const { dense, width, initializer } = step;
  const size = { inFeatures: Number(h.shape[2]), outFeatures: width };
  const initial = { weightInitializer: initializer, biasInitializer: zeros };
  return prefix.layer(dense, (scope) => linear(scope, { ...size, ...initial }, h));
}

const isAdding = (step: StackStep): step is AddingStep =>
  'words' in step || 'rows' in step || 'positions' in step || 'vectors' in step;

/** One step after another; `start` is undefined before the first table. */
function steps(prefix: Scope, stack: StackSpec, all: readonly StackStep[], sequence: Sequence, start?: Tensor): Tensor {
  let h = start;
  for (const step of all) {
    if (isAdding(step)) {
      const more = added(prefix, stack, step, sequence);
      h = h && more ? add(h, more) : (more ?? h);
    } else if (h) {
      h = changed(prefix, stack, step, h);
    }
  }
  if (!h) throw new Error('stack: expected a table of vectors before norms and dropout');
  return h;
}

/**
 * Embeds tokens and runs the blocks over them: [B, T, D]. Parameters are those of the steps and of the layers. Hidden
 * states and attentions are tapped.
 */
export function runStack(
  prefix: Scope,
  stack: StackSpec,
  { mask, places, given, isFirstOnly, context, ...tokens }: StackInput,
): Tensor {
  const { trace } = prefix;
  const { block, layers, prefix: taps = '', relation: positions, end = [], shows = 'ended' } = stack;
  const scope = below(prefix, stack.at);
  const sequence: Sequence = {
    get ids() {
      return tokensOf(tokens);
    },
    places: places.query,
    given,
  };
  const relation = positions && relationAt(positions, scope.belowBlocks(layers), places);
  const atEnd = (layer: number, x: Tensor) =>
    layer === layers ? steps(prefix.belowBlocks(0), stack, end, sequence, x) : x;
  const embeddings = taps === '' ? prefix : scope;
  let h = embeddings.section('embeddings', () =>
    atEnd(0, steps(prefix.belowBlocks(layers), stack, stack.embed, sequence)),
  );
  trace.tap(`${taps}hidden_states.0`, h);
  for (let layer = 0; layer < layers; layer++) {
    const { output, selfAttention, crossAttention } = scope
      .belowBlocks(layers - 1 - layer)
      .layer(stack.layer(layer), (at) =>
        transformerBlock(at, block(layer), h, mask, {
          ...context?.(layer),
          relation,
          ...(isFirstOnly && layer === layers - 1 && { pick: firstToken }),
        }),
      );
    trace.tap(`${taps}attentions.${layer}`, selfAttention);
    if (crossAttention) trace.tap(`cross_attentions.${layer}`, crossAttention);
    h = atEnd(layer + 1, output);
    trace.tap(`${taps}hidden_states.${layer + 1}`, shows === 'raw' ? output : h);
  }
  return h;
}
