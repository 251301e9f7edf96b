import {
  type Dim,
  describeNode,
  type Emitter,
  type EngineHabit,
  elementTypes,
  type Name,
  type OnnxAttribute,
  type OnnxType,
  type Shape,
  type Subgraph,
  symbolsOf,
  type Tensor,
  topological,
} from '../graph/index.ts';
import { type ValueType, withCarriedCaptures } from './carried-captures.ts';
import { foldedValues } from './folded.ts';
import { withOneSidedConstants } from './one-sided-constants.ts';
import type { Message } from './proto.ts';
import { madeBy, renameValues } from './rename.ts';

/** Elements as little-endian bytes, the byte order of every platform of ONNX Runtime. */
function bytesOf(dtype: OnnxType, data: ArrayLike<number>): Uint8Array {
  const { array, from } = elementTypes[dtype];
  const elements = data instanceof array ? data : from(data);
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

/** TensorProto.DataLocation.EXTERNAL */
const externalLocation = 1;

/** Further than any file goes, so that whoever reads an external initializer from its file, instead of where it is, fails. */
const pastTheEnd = 2 ** 50;

/** AttributeProto.AttributeType. */
const attributeType = { float: 1, int: 2, string: 3, graph: 5, ints: 7 };

/** Collects the parts of a GraphProto. Value names are unique in the model, subgraphs included. */
export class GraphBuilder {
  /** The layer whose nodes are being emitted: the prefix of their names. */
  private scope = '';
  private readonly root: Message[] = [];
  private current: Message[] = this.root;
  private readonly initializers = new Map<Name, StoredValue>();
  private readonly inputs: Message[] = [];
  private readonly outputs: Message[] = [];
  private readonly results: { readonly name: Name; readonly from: Name }[] = [];
  private readonly constants = new Map<string, Name>();
  private readonly sizes = new Map<string, Name>();
  private readonly symbolSource = new Map<string, SymbolSource>();
  /** The types of inputs, constants and results. */
  private readonly types = new Map<Name, ValueType>();
  private count = 0;

  private readonly habits: ReadonlySet<EngineHabit>;
  private readonly missing: ReadonlySet<string>;
  readonly emit: Emitter;

  constructor(habits: ReadonlySet<EngineHabit>, missing: ReadonlySet<string>) {
    this.habits = habits;
    this.missing = missing;
    this.emit = this.emitter();
  }

  private emitter(): Emitter {
    return Object.assign(
      (type: string, inputs: readonly Name[], attributes?: Readonly<Record<string, OnnxAttribute>>) =>
        this.node(this.current, type, inputs, 1, attributes)[0],
      {
        many: (
          type: string,
          inputs: readonly Name[],
          outputs: number,
          attributes?: Readonly<Record<string, OnnxAttribute>>,
        ) => this.node(this.current, type, inputs, outputs, attributes),
        cast: (value: Name, dtype: OnnxType) =>
          this.node(this.current, 'Cast', [value], 1, { to: elementTypes[dtype].code })[0],
        constant: (data: number | ArrayLike<number>, dtype: OnnxType, shape?: readonly number[]) =>
          this.constant(data, dtype, shape),
        shape: (shape: Shape) => this.shape(shape),
        graph: (outputs: readonly Tensor[], given: ReadonlyMap<Tensor, Name>) => this.graph(outputs, given),
        subgraph: (...args: Parameters<Emitter['subgraph']>) => this.subgraph(...args),
        has: (type: string) => !this.missing.has(type),
        habits: this.habits,
      },
    );
  }

  /** Emits the nodes of a graph, inputs before users; `given` tensors already have names. */
  private graph(outputs: readonly Tensor[], given: ReadonlyMap<Tensor, Name>): Name[] {
    const outer = this.scope;
    const order = topological(outputs, given);
    const used = new Set([...order.flatMap((node) => node.inputs), ...outputs]);
    const names = new Map(given);
    const nameOf = (tensor: Tensor): Name => {
      const name = names.get(tensor);
      if (name === undefined) throw new Error(`lower: ${describeNode(tensor.node)} has no value`);
      return name;
    };
    for (const node of order) {
      const { op } = node;
      if (!op.lower) throw new Error(`lower: ${describeNode(node)} has no ONNX form`);
      this.scope = node.scope || 'graph';
      const isUsed = node.outputs.map((output) => used.has(output));
      const made = op.lower(this.emit, node.inputs.map(nameOf), node, isUsed);
      node.outputs.forEach((output, i) => {
        names.set(output, made[i]);
        this.types.set(made[i], output);
      });
    }
    this.scope = outer;
    return outputs.map(nameOf);
  }

  addInput(name: Name, { shape, dtype }: Tensor): void {
    this.types.set(name, { shape, dtype });
    this.inputs.push(valueInfo(name, dtype, shape));
    shape.forEach((size, axis) => {
      const source = linear(size);
      if (!source) return;
      const known = this.symbolSource.get(source.symbol);
      if (!known || (known.slope !== 1 && source.slope === 1)) {
        this.symbolSource.set(source.symbol, { ...source, input: name, axis });
      }
    });
  }

  /** Adds a graph output under its own name. */
  addOutput(name: Name, from: Name, tensor: Tensor): void {
    this.results.push({ name, from });
    this.outputs.push(valueInfo(name, tensor.dtype, tensor.shape));
  }

  addInitializer(name: Name, value: StoredValue): void {
    this.initializers.set(name, value);
  }

  /** The graph, and the names of the initializers whose numbers are not in it. */
  finish(): { readonly graph: Message; readonly external: readonly Name[] } {
    const closed = this.habits.has('noCaptures') ? this.carried() : this.root;
    const node = this.namedResults(this.habits.has('packsOnce') ? this.oneSided(closed) : closed);
    const folded = foldedValues(node, new Set(this.initializers.keys()));
    const external = [...this.initializers].flatMap(([name, { externalFile }]) =>
      externalFile === undefined || folded.has(name) ? [] : [name],
    );
    const isExternal = new Set(external);
    const initializer = [...this.initializers].map(([name, value]) =>
      isExternal.has(name) ? externalTensor(name, value) : storedTensor(name, value),
    );
    const ends = { input: this.inputs, output: this.outputs };
    return { graph: { node, name: 'heddle', initializer, ...ends, value_info: this.valueInfos(node) }, external };
  }

  /**
   * The types of the values in between. ONNX Runtime writes a result in place of an operand only where it knows that both
   * have the same shape, and it does not see through a Reshape to sizes that are computed.
   */
  private valueInfos(nodes: readonly Message[]): Message[] {
    const results = new Set(this.results.map(({ name }) => name));
    return [...madeBy(nodes)].flatMap((name) => {
      const type = this.types.get(name);
      return type && !results.has(name) ? [valueInfo(name, type.dtype, type.shape)] : [];
    });
  }

  /**
   * The nodes, with results renamed to the outputs' names; only a result that is already an input or output needs a
   * copy.
   */
  private namedResults(nodes: readonly Message[]): Message[] {
    const made = madeBy(nodes);
    const names = new Map<Name, Name>();
    const copies: Message[] = [];
    for (const { name, from } of this.results) {
      if (made.has(from) && !names.has(from)) names.set(from, name);
      else copies.push({ input: [from], output: [name], name: `output/${name}`, op_type: 'Identity' });
    }
    return renameValues([...nodes, ...copies], names);
  }

  /** The nodes in a form in which no loop reads from outside. */
  private carried(): Message[] {
    const typeOf = (name: Name): ValueType | undefined => {
      if (this.initializers.has(name)) return undefined;
      const type = this.types.get(name);
      if (!type) throw new Error(`lower: a loop reads ${name}, whose type is not stated`);
      return type;
    };
    return withCarriedCaptures(this.root, typeOf, (name, { dtype, shape }) => valueInfo(name, dtype, shape));
  }

  /** The nodes in a form in which no square constant is read in both orientations. */
  private oneSided(nodes: readonly Message[]): Message[] {
    const isSquare = (name: Name): boolean => {
      const [rows, columns, ...others] = this.initializers.get(name)?.shape ?? [];
      return rows !== undefined && rows === columns && others.length === 0;
    };
    return withOneSidedConstants(nodes, isSquare, (name) => {
      const copy = `${name}/transposed`;
      this.addInitializer(copy, this.initializers.get(name) as StoredValue);
      return copy;
    });
  }

  private node(
    into: Message[],
    type: string,
    inputs: readonly Name[],
    outputs: number,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): Name[] {
    const dot = type.lastIndexOf('.');
    const opType = type.slice(dot + 1);
    const name = `${this.scope}/${opType}_${this.count++}`;
    const made = Array.from({ length: outputs }, (_, i) => (i ? `${name}:${i}` : name));
    into.push({
      input: inputs,
      output: made,
      name,
      op_type: opType,
      attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      domain: dot > 0 ? type.slice(0, dot) : undefined,
    });
    if (opType !== 'Scan' || !this.habits.has('movesLoopResults')) return made;
    const { dtypes } = attributes.body as Subgraph;
    return made.map((result, i) => this.copy(into, result, dtypes[i]));
  }

  /** A copy that no engine leaves out, as some do with Identity: max(x, x) is x, also for NaN. Max takes no bool. */
  private copy(into: Message[], value: Name, dtype: OnnxType): Name {
    return this.node(into, dtype === 'bool' ? 'Or' : 'Max', [value, value], 1)[0];
  }

  private constant(data: number | ArrayLike<number>, dtype: OnnxType, shape?: readonly number[]): Name {
    const elements = typeof data === 'number' ? [data] : data;
    const dims = shape ?? (typeof data === 'number' ? [] : [elements.length]);
    const text = (x: number) => (Object.is(x, -0) ? '-0' : String(x));
    const key = elements.length <= 16 ? `${dtype}[${dims}]${Array.from(elements, text)}` : `#${this.count}`;
    const known = this.constants.get(key);
    if (known) return known;
    const name = `constant_${this.count++}`;
    this.addInitializer(name, { dtype, shape: dims, data: elements });
    this.constants.set(key, name);
    return name;
  }

  private shape(shape: Shape): Name {
    if (shape.every((size) => typeof size === 'number')) return this.constant(shape, 'int64', [shape.length]);
    const key = `[${shape.join(', ')}]`;
    const known = this.sizes.get(key);
    if (known) return known;
    const sizes = shape.map((size) => this.size(size));
    const name = this.node(this.root, 'Concat', sizes, 1, { axis: 0 })[0];
    this.types.set(name, { dtype: 'int64', shape: [shape.length] });
    this.sizes.set(key, name);
    return name;
  }

  /** One size as an int64 vector of length 1. */
  private size(size: Dim): Name {
    if (typeof size === 'number') return this.constant([size], 'int64', [1]);
    const known = this.sizes.get(`(${size})`);
    if (known) return known;
    const terms = [...size.terms].map(([key, coefficient]) => {
      const factors = key === '' ? [] : key.split('·').map((symbol) => this.symbol(symbol));
      if (coefficient !== 1 || factors.length === 0) factors.push(this.constant([coefficient], 'int64', [1]));
      return factors.reduce((a, b) => this.node(this.root, 'Mul', [a, b], 1)[0]);
    });
    const name = terms.reduce((a, b) => this.node(this.root, 'Add', [a, b], 1)[0]);
    this.sizes.set(`(${size})`, name);
    return name;
  }

  private symbol(symbol: string): Name {
    const known = this.sizes.get(symbol);
    if (known) return known;
    const source = this.symbolSource.get(symbol);
    if (!source) throw new Error(`lower: "${symbol}" does not follow from a dimension of an input`);
    const { input, axis, slope, offset } = source;
    let [name] = this.node(this.root, 'Shape', [input], 1, { start: axis, end: axis + 1 });
    if (offset) [name] = this.node(this.root, 'Sub', [name, this.constant([offset], 'int64', [1])], 1);
    if (slope !== 1) [name] = this.node(this.root, 'Div', [name, this.constant([slope], 'int64', [1])], 1);
    this.sizes.set(symbol, name);
    return name;
  }

  private subgraph(...[inputs, trace]: Parameters<Emitter['subgraph']>): Subgraph {
    const outer = this.current;
    const nodes: Message[] = [];
    this.current = nodes;
    const names = inputs.map(({ name }) => `${name}_${this.count++}`);
    inputs.forEach((type, i) => {
      this.types.set(names[i], type);
    });
    const results = trace(names);
    this.current = outer;
    const made = madeBy(nodes);
    const outputs = results.map(({ name, dtype, shape }) => {
      if (made.delete(name)) return valueInfo(name, dtype, shape);
      const own = `${name}/out_${this.count++}`;
      nodes.push({ input: [name], output: [own], name: own, op_type: 'Identity' });
      return valueInfo(own, dtype, shape);
    });
    return {
      subgraph: {
        node: nodes,
        name: `body_${this.count++}`,
        input: inputs.map(({ dtype, shape }, i) => valueInfo(names[i], dtype, shape)),
        output: outputs,
      },
      dtypes: results.map(({ dtype }) => dtype),
    };
  }
}

/** A value that is known when the graph is built. */
interface StoredValue {
  readonly dtype: OnnxType;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  /** The model may name this file in place of the numbers. */
  readonly externalFile?: string;
}

const describedTensor = (name: Name, { dtype, shape }: StoredValue): Message => ({
  dims: [...shape],
  data_type: elementTypes[dtype].code,
  name,
});

const storedTensor = (name: Name, value: StoredValue): Message => ({
  ...describedTensor(name, value),
  raw_data: bytesOf(value.dtype, value.data),
});

const externalTensor = (name: Name, value: StoredValue): Message => ({
  ...describedTensor(name, value),
  external_data: [
    { key: 'location', value: value.externalFile },
    { key: 'offset', value: String(pastTheEnd) },
  ],
  data_location: externalLocation,
});

/** The axis of an input that is slope·symbol + offset. */
interface SymbolSource {
  readonly symbol: string;
  readonly slope: number;
  readonly offset: number;
  readonly input: Name;
  readonly axis: number;
}

/** A size as slope·symbol + offset, or null when it has another form. */
function linear(size: Dim): Pick<SymbolSource, 'symbol' | 'slope' | 'offset'> | null {
  const [symbol, ...others] = symbolsOf(size);
  if (typeof size === 'number' || others.length) return null;
  const slope = size.terms.get(symbol) ?? 0;
  const offset = size.terms.get('') ?? 0;
  const isLinear = slope !== 0 && size.terms.size === (offset ? 2 : 1);
  return isLinear ? { symbol, slope, offset } : null;
}

function attribute(name: string, value: OnnxAttribute): Message {
  if (typeof value === 'number') return { name, i: value, type: attributeType.int };
  if (typeof value === 'string') return { name, s: value, type: attributeType.string };
  if ('float' in value) return { name, f: value.float, type: attributeType.float };
  if ('subgraph' in value) return { name, g: value.subgraph as Message, type: attributeType.graph };
  return { name, ints: value, type: attributeType.ints };
}

function valueInfo(name: Name, dtype: OnnxType, shape: Shape): Message {
  const dim = shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: String(size) }));
  return { name, type: { tensor_type: { elem_type: elementTypes[dtype].code, shape: { dim } } } };
}
