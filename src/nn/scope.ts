import {
  atScope,
  broadcastTo,
  constantTensor,
  type DimLike,
  type DType,
  input,
  type Shape,
  ShapeError,
  showShape,
  type Tensor,
  withScope,
} from '../graph/index.ts';
import { dropout, roundedRate } from '../ops/index.ts';
import type { Initializer } from './initializer.ts';

/**
 * What a parameter is for, which decides about weight decay. `inner`, `gate` and `outer` are the layers of a
 * feed-forward network, `relative` is a bias of attention scores by distance, `table` has a row per token.
 */
export type Part =
  | 'table'
  | 'positions'
  | 'types'
  | 'query'
  | 'key'
  | 'value'
  | 'out'
  | 'inner'
  | 'gate'
  | 'outer'
  | 'relative'
  | 'pooler'
  | 'head'
  | 'norm'
  | 'bias'
  | 'buffer';

/** A parameter of a model: its name is the checkpoint's. */
export interface Parameter {
  readonly tensor: Tensor;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** False for a buffer, which is saved but never trained. */
  readonly isTrained: boolean;
  /** Absent for parameters that are none of these, such as the gates of recurrent cells. */
  readonly part?: Part | undefined;
  /** The number of blocks of its stack after the last that has it; absent outside a stack of blocks. */
  readonly above?: number | undefined;
}

/** What is known of a parameter besides shape and initial values. */
export interface ParameterOptions {
  readonly part?: Part | undefined;
}

/** Numbers that a function draws for every run: an int32 input. */
export interface Drawn {
  readonly tensor: Tensor;
  /** @param below a uniform whole number from 0 to below a bound ≤ 2³². */
  readonly draw: (below: (bound: number) => number, shape: readonly number[]) => Int32Array<ArrayBuffer>;
}

/** What a trace is for. */
export interface TraceOptions {
  readonly isTraining?: boolean | undefined;
  readonly isTapped?: boolean | undefined;
  readonly isProfiled?: boolean | undefined;
}

/**
 * What one trace of a model collects: its parameters, the random bytes it needs, and the tensors it shows.
 *
 * The same code initialises and loads a model: a trace only names parameters; their values come later, by name.
 */
export class Trace {
  readonly parameters = new Map<string, Parameter>();
  /** Random bytes to feed, uint8 inputs by name. */
  readonly randoms = new Map<string, Tensor>();
  /** Numbers to draw and feed, by name. */
  readonly draws = new Map<string, Drawn>();
  /** Tensors that layers show by name: `encoder_attentions.0`, `hidden_states.1`. */
  readonly taps = new Map<string, Tensor>();
  /** Whether dropout is on. */
  readonly isTraining: boolean;
  /** Whether taps are read. If not, a model need not compute what it would only show. */
  readonly isTapped: boolean;
  /** Whether every node carries the whole path of its layer, so that a profile can name it. */
  readonly isProfiled: boolean;
  constructor({ isTraining = false, isTapped = true, isProfiled = false }: TraceOptions = {}) {
    this.isTraining = isTraining;
    this.isTapped = isTapped;
    this.isProfiled = isProfiled;
  }

  /** Shows a tensor under a name. */
  tap(name: string, tensor: Tensor): Tensor {
    this.taps.set(name, tensor);
    return tensor;
  }

  /** The scope at the root of the model. */
  get root(): Scope {
    return new Scope(this, '');
  }
}

/** A place in a model: `scope.at('encoder').at('layers.0')`. Its path spells the checkpoint's names. */
export class Scope {
  readonly trace: Trace;
  readonly path: string;
  /** See {@link Parameter.above}. */
  readonly above: number | undefined;
  constructor(trace: Trace, path: string, above?: number) {
    this.trace = trace;
    this.path = path;
    this.above = above;
  }

  at(name: string): Scope {
    return new Scope(this.trace, this.join(name), this.above);
  }

  /** This place, below so many blocks of a stack. */
  belowBlocks(above: number): Scope {
    return new Scope(this.trace, this.path, above);
  }

  /** Traces a layer at `name`; its nodes carry the path in messages and in the lowered graph. */
  layer<T>(name: string, trace: (scope: Scope) => T): T {
    const inner = this.at(name);
    return this.trace.isProfiled ? atScope(inner.path, () => trace(inner)) : withScope(name, () => trace(inner));
  }

  /** Traces a part of the model that only a profile names. */
  section<T>(name: string, trace: () => T): T {
    return this.trace.isProfiled ? atScope(this.join(name), trace) : trace();
  }

  /**
   * The parameter `name` of this scope, made at first use. A second request returns the same tensor, which is how
   * weights are tied; its options are those of the first, its blocks above those of the last block that has it.
   *
   * @throws {ShapeError} when it exists with another shape.
   */
  parameter(name: string, shape: readonly number[], initializer: Initializer, { part }: ParameterOptions = {}): Tensor {
    const path = this.join(name);
    const { above } = this;
    const known = this.trace.parameters.get(path);
    if (known) {
      if (String(known.shape) !== String(shape)) {
        throw new ShapeError(
          `parameter ${path}: expected its first shape ${showShape(known.shape)}, got ${showShape(shape)}`,
        );
      }
      if (above !== undefined && above < (known.above ?? 0)) this.trace.parameters.set(path, { ...known, above });
      return known.tensor;
    }
    const tensor = input(path, shape);
    this.trace.parameters.set(path, { tensor, shape, initializer, isTrained: part !== 'buffer', part, above });
    return tensor;
  }

  /** Random bytes of a shape, fed for every run; the name decides which bytes the generator makes. */
  random(shape: Shape, dtype: DType = 'uint8'): Tensor {
    const base = `random/${this.path}`;
    let name = base;
    for (let i = 1; this.trace.randoms.has(name); i++) name = `${base}:${i}`;
    const tensor = input(name, shape as readonly DimLike[], dtype);
    this.trace.randoms.set(name, tensor);
    return tensor;
  }

  /** Whole numbers of a shape that `draw` makes for every run while training; the name decides about the draw. */
  drawn(shape: Shape, draw: Drawn['draw']): Tensor {
    const name = `random/${this.path}`;
    const tensor = input(name, shape as readonly DimLike[], 'int32');
    this.trace.draws.set(name, { tensor, draw });
    return tensor;
  }

  /** Dropout with probability `p` while training; nothing otherwise. */
  dropout(x: Tensor, p: number): Tensor {
    return this.trace.isTraining && roundedRate(p) > 0 ? dropout(x, this.random(x.shape), { p }) : x;
  }

  /**
   * A dropout mask while training, each element 0 or 1/(1 − p), for dropping the same elements more than once; null
   * otherwise.
   */
  dropoutMask(shape: Shape, p: number): Tensor | null {
    if (!this.trace.isTraining || roundedRate(p) === 0) return null;
    const ones = broadcastTo(constantTensor(1), { shape });
    return dropout(ones, this.random(shape), { p });
  }

  private join(name: string): string {
    return this.path ? `${this.path}.${name}` : name;
  }
}
