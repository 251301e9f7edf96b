import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** A node of a model that was read. */
export interface ReadNode {
  /** The operator, with its domain in front unless that is ONNX's own. */
  readonly type: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly bodies: readonly ReadGraph[];
  /** Of a `Scan`: how many of its inputs it goes through step by step; the others are its states. */
  readonly scanInputs: number;
}

/** A graph that was read, or the body of a node. */
export interface ReadGraph {
  readonly nodes: readonly ReadNode[];
  readonly initializers: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Values in between whose type and sizes are given. */
  readonly typed: readonly string[];
}

type Fields = ReadonlyMap<number, readonly (Uint8Array | number)[]>;

/** Field number → its values: bytes where length-delimited, else numbers. */
function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, (Uint8Array | number)[]>();
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    let found: Uint8Array | number;
    if (wire === WireType.LengthDelimited) found = reader.bytes();
    else if (wire === WireType.Bit32) found = reader.float();
    else found = Number(reader.int64());
    fields.set(field, [...(fields.get(field) ?? []), found]);
  }
  return fields;
}

const parts = (fields: Fields, field: number): Uint8Array[] =>
  (fields.get(field) ?? []).filter((part): part is Uint8Array => part instanceof Uint8Array);

const texts = (fields: Fields, field: number): string[] =>
  parts(fields, field).map((part) => new TextDecoder().decode(part));

function readGraph(bytes: Uint8Array): ReadGraph {
  const fields = fieldsOf(bytes);
  const names = (field: number, nameField: number) =>
    parts(fields, field).flatMap((part) => texts(fieldsOf(part), nameField));
  return {
    nodes: parts(fields, 1).map((part) => {
      const node = fieldsOf(part);
      const attributes = parts(node, 5).map(fieldsOf);
      const bodies = attributes.flatMap((attribute) => parts(attribute, 6).map(readGraph));
      const scanned = attributes.find((attribute) => texts(attribute, 1)[0] === 'num_scan_inputs');
      return {
        type: [...texts(node, 7), ...texts(node, 4)].filter(Boolean).join('.'),
        name: texts(node, 3)[0],
        inputs: texts(node, 1),
        outputs: texts(node, 2),
        bodies,
        scanInputs: Number(scanned?.get(3)?.[0] ?? 0),
      };
    }),
    initializers: names(5, 8),
    inputs: names(11, 1),
    outputs: names(12, 1),
    typed: names(13, 1),
  };
}

/** Reads the bytes of a model: its main graph, and the version of its format and of its operators by domain. */
export function readModel(bytes: Uint8Array): {
  readonly graph: ReadGraph;
  readonly irVersion: number;
  readonly opsets: Readonly<Record<string, number>>;
} {
  const model = fieldsOf(bytes);
  const opsets = parts(model, 8).map((part) => {
    const opset = fieldsOf(part);
    return [texts(opset, 1)[0] ?? '', Number(opset.get(2)?.[0])] as const;
  });
  return {
    graph: readGraph(parts(model, 7)[0]),
    irVersion: Number(model.get(1)?.[0]),
    opsets: Object.fromEntries(opsets),
  };
}

/** Every node of a graph, those of bodies included. */
export const allNodes = (graph: ReadGraph): ReadNode[] =>
  graph.nodes.flatMap((node) => [node, ...node.bodies.flatMap(allNodes)]);

/** Every name that a graph and its bodies define. */
export const definedNames = (graph: ReadGraph): string[] => [
  ...graph.inputs,
  ...graph.initializers,
  ...graph.nodes.flatMap((node) => [...node.outputs.filter(Boolean), ...node.bodies.flatMap(definedNames)]),
];
