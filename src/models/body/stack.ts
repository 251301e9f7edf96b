import { add, gather, mul, type Tensor } from '../../graph/index.ts';
import {
  type BlockContext,
  blockNorm,
  embed,
  type Memory,
  type Places,
  relationAt,
  type Scope,
  transformerBlock,
} from '../../nn/index.ts';
import { slice } from '../../ops/index.ts';
import type { Named } from '../inputs/input-spec.ts';
import type { Sequence, StackSpec, StackStep, TableSpec } from './transformer-spec.ts';

/** A path below a scope; the scope itself if it is empty. */
export const below = (scope: Scope, path: string): Scope => (path === '' ? scope : scope.at(path));

/** The tensor of a table. [rows, width]. */
export const tableAt = (prefix: Scope, { at, rows, width, initializer, part = 'table' }: TableSpec): Tensor =>
  below(prefix, at).parameter('weight', [rows, width], initializer, { part });

/** The vectors of the first token. [B, T, D] → [B, 1, D]. */
export const firstToken = (hidden: Tensor): Tensor => slice(hidden, { axis: 1, start: 0, end: 1 });

/** Inputs of a stack: tokens, their positions, and the mask of attention. */
export interface StackInput {
  /** int32 [B, T] */
  readonly ids: Tensor;
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

/** One step after another; `h` is undefined before the first table. */
function steps(
  prefix: Scope,
  { at, block }: StackSpec,
  all: readonly StackStep[],
  sequence: Sequence,
  start?: Tensor,
): Tensor {
  let h = start;
  const plus = (vectors: Tensor): Tensor => (h ? add(h, vectors) : vectors);
  for (const step of all) {
    if ('words' in step) {
      const { words, scale = 1, padRow } = step;
      const vectors = embed(tableAt(prefix, words), sequence.ids, padRow);
      h = plus(scale === 1 ? vectors : mul(vectors, scale));
    } else if ('rows' in step) {
      h = plus(gather(tableAt(prefix, step.rows), step.of(sequence)));
    } else if ('positions' in step) {
      const rows = step.positions.embedding?.(below(prefix, at), sequence.places);
      if (rows) h = plus(rows);
    } else if (h) {
      const before = h;
      h =
        'norm' in step
          ? prefix.layer(step.norm, (scope) => blockNorm(scope, block, before))
          : below(prefix, step.at).dropout(before, step.drop);
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
  { ids, mask, places, given, isFirstOnly, context }: StackInput,
): Tensor {
  const { trace } = prefix;
  const { block, layers, prefix: taps = '', relation: positions, end = [] } = stack;
  const scope = below(prefix, stack.at);
  const sequence = { ids, places: places.query, given };
  const relation = positions && relationAt(positions, scope, places);
  let h = steps(prefix, stack, stack.embed, sequence);
  trace.tap(`${taps}hidden_states.0`, h);
  for (let layer = 0; layer < layers; layer++) {
    const { output, selfAttention, crossAttention } = scope.layer(stack.layer(layer), (at) =>
      transformerBlock(at, block, h, mask, {
        ...context?.(layer),
        relation,
        ...(isFirstOnly && layer === layers - 1 && { pick: firstToken }),
      }),
    );
    trace.tap(`${taps}attentions.${layer}`, selfAttention);
    if (crossAttention) trace.tap(`cross_attentions.${layer}`, crossAttention);
    h = layer === layers - 1 ? steps(prefix, stack, end, sequence, output) : output;
    trace.tap(`${taps}hidden_states.${layer + 1}`, h);
  }
  return h;
}
