import {
  type EngineHabit,
  elementCount,
  equalShape,
  inputName,
  type Name,
  showShape,
  simplify,
  type Tensor,
  topological,
} from '../graph/index.ts';
import { GraphBuilder } from './graph-builder.ts';
import { encodeMessage } from './proto.ts';

/** A value stored in the model instead of being an input. */
export interface Initializer {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int8Array;
  /**
   * A file that the model may name in place of the numbers: they are then given to the engine that compiles it. The file
   * must exist and is never read.
   */
  readonly externalFile?: string;
}

/** Initializers, by input name. */
export type Initializers = Readonly<Record<string, Initializer>>;

/** How a graph is lowered. */
export interface LowerOptions {
  /** Default: none. */
  readonly habits?: ReadonlySet<EngineHabit> | undefined;
  /** Operators to do without, such as `Sign` or `com.microsoft.FusedMatMul`; see `OnnxEmitter.has`. Default: none. */
  readonly missing?: ReadonlySet<string> | undefined;
}

/** ONNX bytes, with the model's inputs and outputs. */
export interface LoweredModel {
  readonly bytes: Uint8Array;
  /** Initializers whose numbers are not in `bytes`. */
  readonly external: readonly string[];
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** The version of ONNX's operators. */
export const opsetVersion = 20;
/** The version of ONNX's file format. */
export const irVersion = 9;

/**
 * The graph of `outputs` as an ONNX model: opset 20, IR 9, com.microsoft for fused operators.
 *
 * Simplifies first. Inputs named in `initializers` are stored in the model; all others stay inputs, with symbolic
 * dimensions by name; inputs that nothing reads are dropped. An external initializer is stored all the same where ONNX
 * Runtime computes with it when it compiles the model.
 * @throws {Error} when two inputs, or an input and an output, share a name, an initializer has another shape, or a
 *   symbol does not follow from an input's dimension (slope·symbol + offset).
 */
export function lower(
  outputs: Readonly<Record<string, Tensor>>,
  initializers: Initializers = {},
  { habits = new Set(), missing = new Set() }: LowerOptions = {},
): LoweredModel {
  const names = Object.keys(outputs);
  const tensors = simplify(Object.values(outputs));
  const order = topological(tensors);
  const builder = new GraphBuilder(habits, missing);
  const value = new Map<Tensor, Name>();
  const inputs = new Map<string, Tensor>();
  for (const node of order) {
    const [first] = node.outputs;
    const name = inputName(first);
    if (name === null) continue;
    if (inputs.has(name)) throw new Error(`lower: two inputs have the name "${name}"`);
    value.set(first, name);
    if (Object.hasOwn(initializers, name)) {
      const stored = initializers[name];
      checkInitializer(name, first, stored);
      builder.addInitializer(name, { dtype: first.dtype, ...stored });
      continue;
    }
    inputs.set(name, first);
    builder.addInput(name, first);
  }
  const made = builder.emit.graph(tensors, value);
  const taken = new Set(value.values());
  for (const name of names) {
    if (taken.has(name)) throw new Error(`lower: an output and an input both have the name "${name}"`);
  }
  names.forEach((name, i) => builder.addOutput(name, made[i], tensors[i]));
  const { graph, external } = builder.finish();
  const model = {
    ir_version: irVersion,
    producer_name: 'heddle',
    graph,
    opset_import: [
      { domain: '', version: opsetVersion },
      { domain: 'com.microsoft', version: 1 },
    ],
  };
  return {
    bytes: encodeMessage('ModelProto', model).finish(),
    external,
    inputs,
    outputs: new Map(names.map((name, i) => [name, tensors[i]])),
  };
}

function checkInitializer(name: string, { shape, dtype }: Tensor, stored: Initializers[string]): void {
  const isEqual = equalShape(shape, stored.shape) && elementCount(stored.shape) === stored.data.length;
  const given = stored.data instanceof Int8Array ? 'int8' : 'float';
  if (!isEqual || dtype !== given) {
    const got = `${given} ${showShape(stored.shape)} of ${stored.data.length}`;
    throw new Error(`lower: initializer "${name}" must be ${dtype} ${showShape(shape)}, got ${got} numbers`);
  }
}
