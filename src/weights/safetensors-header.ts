import { InputError, reportAll } from '../io/error.ts';
import { parseJson } from '../io/json.ts';
import { didYouMean } from '../io/nearest.ts';
import { type Dtype, dtypes, elementCount, formatOf, isDtype } from './tensor.ts';

/** The position of a tensor: bytes [begin, end) after the header. */
export interface TensorPlace {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** What a safetensors file says about its content. */
export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly places: ReadonlyMap<string, TensorPlace>;
  /** Bytes before the first tensor: the length field and the header. */
  readonly dataStart: number;
}

/** The limit of the reference implementation; a longer header means a damaged length field. */
const longestHeader = 100_000_000;
/** Bytes of the length field, which comes first. */
export const lengthField = 8;

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const isSpan = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(isSize);

const longestShown = 60;

const shortened = (text: string): string => (text.length > longestShown ? `${text.slice(0, longestShown)}…` : text);

/** A value of the header for an error; values can be nested too deeply to be printed. */
function shown(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.slice(0, longestShown).map((item) => (Array.isArray(item) ? '[…]' : shown(item)));
    return `[${shortened(items.join(', '))}]`;
  }
  if (isRecord(value)) return '{…}';
  return typeof value === 'string' ? JSON.stringify(shortened(value)) : String(value);
}

/**
 * Length of the header of a file of `fileSize` bytes that begins with `start`.
 *
 * @throws {InputError} when the file is too short for a header.
 */
export function headerLength(start: Uint8Array, fileSize: number, file: string): number {
  if (start.length < lengthField) {
    throw new InputError(
      `${file}: expected a safetensors file of at least ${lengthField} bytes, got ${fileSize} bytes`,
    );
  }
  const length = new DataView(start.buffer, start.byteOffset, lengthField).getBigUint64(0, true);
  if (length > BigInt(fileSize - lengthField)) {
    throw new InputError(
      `${file}: the header is longer than the file (truncated, or not safetensors), ` +
        `got a header of ${length} bytes in a file of ${fileSize}`,
    );
  }
  if (length > BigInt(longestHeader)) {
    throw new InputError(`${file}: expected a header of at most ${longestHeader} bytes, got ${length}`);
  }
  return Number(length);
}

function textOf(header: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(header);
  } catch {
    throw new InputError(`${file}: expected a header in UTF-8, got other bytes`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function metadataOf(value: unknown, wrong: string[]): Record<string, string> {
  if (value === undefined) return {};
  const entries = isRecord(value) ? Object.entries(value) : undefined;
  if (entries?.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
    return Object.fromEntries(entries);
  }
  wrong.push('__metadata__: expected an object of strings');
  return {};
}

/** The format's types of 8, 6 and 4 bits, whose numbers mean nothing without the scales beside them. */
const isNarrow = /^F[468]_/;
const widen =
  'in Python, load the model with your class, for example AutoModel.from_pretrained(FOLDER, dtype="float32"), and save_pretrained(FOLDER)';

/** One entry of the header, or undefined with the reason added to `wrong`. */
function placeOf(name: string, entry: unknown, dataLength: number, wrong: string[]): TensorPlace | undefined {
  const refuse = (reason: string): undefined => {
    wrong.push(`tensor ${shown(name)}: ${reason}`);
  };
  if (!isRecord(entry)) return refuse('expected an object with dtype, shape and data_offsets');
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) {
    if (typeof dtype === 'string' && isNarrow.test(dtype)) {
      return refuse(`${shown(dtype)}, numbers of fewer than 16 bits, is not read; ${widen}`);
    }
    const near = typeof dtype === 'string' ? didYouMean(dtype, dtypes) : '';
    return refuse(`unknown dtype ${shown(dtype)}, expected one of ${dtypes.join(', ')}${near}`);
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    return refuse(`expected a shape of whole numbers, got ${shown(shape)}`);
  }
  if (!isSpan(offsets)) return refuse(`expected two data_offsets, got ${shown(offsets)}`);
  const [begin, end] = offsets;
  if (begin > end || end > dataLength) {
    return refuse(`data_offsets [${begin}, ${end}] are out of range, the file holds ${dataLength} bytes of data`);
  }
  const size = elementCount(shape) * formatOf(dtype).bytes;
  if (size !== end - begin) {
    return refuse(`${dtype} of shape ${shown(shape)} takes ${size} bytes, got ${end - begin}`);
  }
  return { dtype, shape, begin, end };
}

/** The most faults of a header that are listed. */
const mostFaults = 8;

/** Tensors must cover the data exactly once: overlaps and gaps mean a damaged or crafted file. */
function checkCoverage(places: ReadonlyMap<string, TensorPlace>, dataLength: number, wrong: string[]): void {
  const inOrder = [...places].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  let previous = '';
  for (const [name, { begin, end }] of inOrder) {
    if (begin < covered) {
      wrong.push(`tensors ${shown(previous)} and ${shown(name)} overlap, at byte ${begin} of the data`);
    } else if (begin > covered) {
      wrong.push(`bytes ${covered} to ${begin} of the data belong to no tensor, before ${shown(name)}`);
    }
    if (end >= covered) previous = name;
    covered = Math.max(covered, end);
  }
  if (covered < dataLength) wrong.push(`bytes ${covered} to ${dataLength} of the data belong to no tensor`);
}

/**
 * Reads and checks the header of a safetensors file; nothing in it is used before it is checked.
 *
 * Layout: 8 bytes little-endian header length, the header in JSON, the data.
 * @param header the bytes of the header alone, {@link headerLength} of them.
 * @throws {InputError} that lists the header's faults; the rest are counted, because a truncated file has one per
 *   tensor.
 */
export function parseHeader(header: Uint8Array, fileSize: number, file: string): SafetensorsHeader {
  const text = textOf(header, file);
  const json = parseJson(text, `${file} header`);
  if (!isRecord(json))
    throw new InputError(`${file}: expected a header that is a JSON object, got ${text.slice(0, 40)}`);
  const dataStart = lengthField + header.length;
  const dataLength = fileSize - dataStart;
  const wrong: string[] = [];
  const { __metadata__, ...entries } = json;
  const metadata = metadataOf(__metadata__, wrong);
  const places = new Map<string, TensorPlace>();
  for (const [name, entry] of Object.entries(entries)) {
    const place = placeOf(name, entry, dataLength, wrong);
    if (place) places.set(name, place);
  }
  if (wrong.length === 0) checkCoverage(places, dataLength, wrong);
  if (wrong.length > mostFaults) wrong.push(`… and ${wrong.splice(mostFaults).length} more`);
  if (wrong.length > 0) throw reportAll(file, wrong);
  return { metadata, places, dataStart };
}
