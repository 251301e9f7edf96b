import { BinaryWriter } from '@bufbuild/protobuf/wire';

/**
 * The messages of ONNX that Heddle writes: field name → [number, type]. A type in capitals is another message of this
 * table; `*` marks a repeated field.
 *
 * Source: onnx/onnx.proto (IR version 9).
 */
const schema = {
  ModelProto: {
    ir_version: [1, 'int64'],
    producer_name: [2, 'string'],
    graph: [7, 'GraphProto'],
    opset_import: [8, 'OperatorSetIdProto*'],
  },
  OperatorSetIdProto: { domain: [1, 'string'], version: [2, 'int64'] },
  GraphProto: {
    node: [1, 'NodeProto*'],
    name: [2, 'string'],
    initializer: [5, 'TensorProto*'],
    input: [11, 'ValueInfoProto*'],
    output: [12, 'ValueInfoProto*'],
    value_info: [13, 'ValueInfoProto*'],
  },
  NodeProto: {
    input: [1, 'string*'],
    output: [2, 'string*'],
    name: [3, 'string'],
    op_type: [4, 'string'],
    attribute: [5, 'AttributeProto*'],
    domain: [7, 'string'],
  },
  AttributeProto: {
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'int64'],
    s: [4, 'string'],
    g: [6, 'GraphProto'],
    ints: [8, 'int64*'],
    type: [20, 'int64'],
  },
  TensorProto: {
    dims: [1, 'int64*'],
    data_type: [2, 'int64'],
    name: [8, 'string'],
    raw_data: [9, 'bytes'],
    external_data: [13, 'StringStringEntryProto*'],
    data_location: [14, 'int64'],
  },
  StringStringEntryProto: { key: [1, 'string'], value: [2, 'string'] },
  ValueInfoProto: { name: [1, 'string'], type: [2, 'TypeProto'] },
  TypeProto: { tensor_type: [1, 'TensorTypeProto'] },
  TensorTypeProto: { elem_type: [1, 'int64'], shape: [2, 'TensorShapeProto'] },
  TensorShapeProto: { dim: [1, 'DimensionProto*'] },
  DimensionProto: { dim_value: [1, 'int64'], dim_param: [2, 'string'] },
} as const satisfies Record<string, Record<string, readonly [number, string]>>;

type MessageName = keyof typeof schema;

/** A message as plain data; absent fields are omitted. */
export interface Message {
  readonly [field: string]: FieldValue | undefined;
}
type Scalar = number | string | Uint8Array | Message;
type FieldValue = Scalar | readonly Scalar[];

/** Protobuf wire types. */
const varint = 0;
const lengthDelimited = 2;
const fixed32 = 5;

/** How a scalar type is written after its tag. */
const scalars: Record<string, { readonly wire: number; write(writer: BinaryWriter, value: Scalar): void }> = {
  int64: { wire: varint, write: (writer, value) => void writer.int64(value as number) },
  float: { wire: fixed32, write: (writer, value) => void writer.float(value as number) },
  string: { wire: lengthDelimited, write: (writer, value) => void writer.string(value as string) },
  bytes: { wire: lengthDelimited, write: (writer, value) => void writer.bytes(value as Uint8Array) },
};

/** The bytes of a message. */
export function encodeMessage(name: MessageName, message: Message, writer = new BinaryWriter()): BinaryWriter {
  const fields: Record<string, readonly [number, string]> = schema[name];
  for (const [field, value] of Object.entries(message)) {
    if (value === undefined) continue;
    const [number, type] = fields[field];
    const items = type.endsWith('*') ? (value as readonly Scalar[]) : [value as Scalar];
    const base = type.replace('*', '');
    const scalar = scalars[base];
    for (const item of items) {
      if (scalar) scalar.write(writer.tag(number, scalar.wire), item);
      else encodeMessage(base as MessageName, item as Message, writer.tag(number, lengthDelimited).fork()).join();
    }
  }
  return writer;
}
