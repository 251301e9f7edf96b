import type { Dim, Tensor } from '../../graph/index.ts';
import type { BlockConfig, Initializer, Part, PositionUse, Scope } from '../../nn/index.ts';
import type { InputSpec, Named } from '../inputs/input-spec.ts';

/** A table of vectors, `weight` [rows, width] at a path below the body's prefix. */
export interface TableSpec {
  readonly at: string;
  readonly rows: number;
  readonly width: number;
  readonly initializer: Initializer;
  /** Default `table`. */
  readonly part?: Part;
}

/** What embedding steps and positions see of a sequence. */
export interface Sequence {
  /** int32 [B, T]; read only where there are tokens. */
  readonly ids: Tensor;
  /** int32 [B|1, T|1]: positions, counted from 0. */
  readonly places: Tensor;
  /** All inputs of the model. */
  readonly given: Named;
}

/** A step that adds vectors to those so far, or begins with them. The row of padding, if there is one, has no gradient. */
export type AddingStep =
  | { readonly words: TableSpec; readonly scale?: number | undefined; readonly padRow?: number | undefined }
  /** The rows of a table at ids, int32 [B|1, T|1]: token types, learned positions. None if there are no ids. */
  | { readonly rows: TableSpec; readonly padRow?: number; of(sequence: Sequence): Tensor | undefined }
  | { readonly positions: PositionUse }
  /** Vectors of a family's own layers, from the inputs of the model: the patches of an image. [B|1, T, D]. */
  | { vectors(prefix: Scope, given: Named): Tensor };

/** A step that changes the vectors so far. */
export type ChangingStep =
  | { readonly norm: string }
  /** A linear layer, from the width of a table to that of the blocks for example. */
  | { readonly dense: string; readonly width: number; readonly initializer: Initializer }
  /** Dropout; the random bytes are named after the path. */
  | { readonly drop: number; readonly at: string };

/** One step from token ids to the first layer, or after the last; paths are below the body's prefix. */
export type StackStep = AddingStep | ChangingStep;

/** A stack of blocks: an encoder or a decoder. */
export interface StackSpec {
  /** Path of the stack below the body's prefix; empty for the body itself. */
  readonly at: string;
  readonly embed: readonly StackStep[];
  readonly layers: number;
  /** Path of a layer below `at`. Layers with equal paths share their weights. */
  layer(index: number): string;
  /** The same for all layers but for numbers like the scale of attention. */
  block(index: number): BlockConfig;
  /** Positions in attention. */
  readonly relation?: PositionUse;
  /** After the last block. */
  readonly end?: readonly StackStep[];
  /** Whether the last hidden state is tapped as the last block leaves it (`raw`), or after `end`, as by default. */
  readonly shows?: 'raw' | 'ended';
  /** Prefix of the names of tapped tensors: `encoder_`. */
  readonly prefix?: string;
}

/** A pooler: the activation of a dense layer over the first token's vector, at a path below the body's prefix. */
export interface PoolerSpec {
  readonly at: string;
  readonly activation: string;
  readonly initializer: Initializer;
  /** Width of its vector; that of the blocks when absent. */
  readonly width?: number | undefined;
}

/** A Transformer as data: what `transformer` makes a body of. */
export interface TransformerSpec {
  /** Prefix of all names in the checkpoint: `bert`; empty for none. */
  readonly prefix: string;
  readonly inputs: readonly InputSpec[];
  readonly maxPositions?: number | undefined;
  /** The number of vectors of a sequence that is not made of tokens; an encoder then sees all of them. */
  length?(given: Named): Dim;
  /** Whether a decoder alone reads `attention_mask` if it is given, so that texts may be padded on the left. */
  readonly readsMask?: boolean;
  readonly encoder?: StackSpec;
  readonly decoder?: StackSpec;
  /**
   * What the decoder reads without `decoder_input_ids`, made of `input_ids`: int32 [B, S] → [B, S]. They themselves when
   * absent.
   */
  readonly decoderIds?: ((ids: Tensor) => Tensor) | undefined;
  readonly pooler?: PoolerSpec | undefined;
  /**
   * Whether the class reads only the vector of the first token, or what the pooler makes of it. Where no taps are read,
   * the last layer then computes nothing else, and `last_hidden_state` is [B, 1, D].
   */
  readonly isFirstOnly?: boolean | undefined;
}
