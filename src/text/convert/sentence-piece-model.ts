import { BinaryReader, type WireType } from '@bufbuild/protobuf/wire';
import { InputError } from '../../io/error.ts';

/** What a piece of a SentencePiece model is; the numbers are those of the file. */
export const PIECE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** A piece of text in a SentencePiece model. Its id is its place in the list. */
export interface Piece {
  readonly piece: string;
  readonly score: number;
  /** One of {@link PIECE}. */
  readonly type: number;
}

/** The parts of a SentencePiece model that decide how text becomes ids. */
export interface SentencePieceModel {
  readonly pieces: readonly Piece[];
  readonly kind: 'unigram' | 'bpe';
  readonly byteFallback: boolean;
  readonly unkId: number;
  readonly unkPiece: string;
  /** The table that replaces characters; empty for none. */
  readonly charsmap: Uint8Array;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
}

/** No model has more; a longer list is another file. */
const mostPieces = 2 ** 22;

const kinds = new Map<unknown, SentencePieceModel['kind']>([
  [1, 'unigram'],
  [2, 'bpe'],
]);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** How the value of a field is read. */
type Read = (reader: BinaryReader) => unknown;

const text: Read = (reader) => utf8.decode(reader.bytes());
const flag: Read = (reader) => reader.bool();
const whole: Read = (reader) => reader.int32();

/** The wire types of protobuf: a number of variable length, bytes, four bytes. */
const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

/** A message's fields that are read: number → [name, wire type, how]. Others are skipped. */
type Schema = ReadonlyMap<number, readonly [name: string, wire: number, read: Read]>;

const pieceFields: Schema = new Map([
  [1, ['piece', BYTES, text]],
  [2, ['score', FIXED32, (reader: BinaryReader) => reader.float()]],
  [3, ['type', VARINT, whole]],
]);
const trainerFields: Schema = new Map([
  [3, ['model_type', VARINT, whole]],
  [24, ['treat_whitespace_as_suffix', VARINT, flag]],
  [35, ['byte_fallback', VARINT, flag]],
  [40, ['unk_id', VARINT, whole]],
  [45, ['unk_piece', BYTES, text]],
]);
const normalizerFields: Schema = new Map([
  [2, ['precompiled_charsmap', BYTES, (reader: BinaryReader) => reader.bytes()]],
  [3, ['add_dummy_prefix', VARINT, flag]],
  [4, ['remove_extra_whitespaces', VARINT, flag]],
  [5, ['escape_whitespaces', VARINT, flag]],
]);

type Fields = Readonly<Record<string, unknown>>;

/** The fields of one message. As in every protobuf reader, a later value replaces an earlier one. */
function fieldsOf(bytes: Uint8Array, schema: Schema, visit?: (field: number, bytes: Uint8Array) => void): Fields {
  const reader = new BinaryReader(bytes);
  const found: Record<string, unknown> = {};
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const row = schema.get(field);
    if (row && row[1] === wire) found[row[0]] = row[2](reader);
    else if (row) throw new Error(`field ${row[0]} has wire type ${wire}`);
    else if (visit && wire === BYTES) visit(field, reader.bytes());
    else reader.skip(wire as WireType, field);
  }
  return found;
}

/**
 * Reads a SentencePiece model (`ModelProto`): unigram or byte-pair encoding.
 *
 * Lengths are checked against the file before they are used, scores and ids before they are trusted.
 * Source: google/sentencepiece 0.2 src/sentencepiece_model.proto.
 * @param file the file's name, for errors.
 * @throws {InputError} when the bytes are torn, or are another protobuf, or a model of another kind.
 */
export function readSentencePieceModel(bytes: Uint8Array, file: string): SentencePieceModel {
  const pieces: Piece[] = [];
  let trainer: Fields = {};
  let normalizer: Fields = {};
  try {
    fieldsOf(bytes, new Map(), (field, inner) => {
      if (field === 1 && pieces.length < mostPieces) pieces.push(pieceOf(fieldsOf(inner, pieceFields)));
      // Repeated messages of one field are merged.
      if (field === 2) trainer = { ...trainer, ...fieldsOf(inner, trainerFields) };
      if (field === 3) normalizer = { ...normalizer, ...fieldsOf(inner, normalizerFields) };
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`${file}: expected a SentencePiece model, got bytes that cannot be read as one (${reason})`);
  }
  checkPieces(pieces, file);
  const { model_type = 1, byte_fallback = false, unk_id = 0, unk_piece = '<unk>' } = trainer;
  const kind = kinds.get(model_type);
  if (!kind) throw new InputError(`${file}: model_type: expected unigram (1) or BPE (2), got ${model_type}`);
  for (const [name, value] of [
    ['treat_whitespace_as_suffix', trainer.treat_whitespace_as_suffix === true],
    ['escape_whitespaces: false', normalizer.escape_whitespaces === false],
  ] as const) {
    if (value) throw new InputError(`${file}: ${name} is not supported; Transformers' fast tokenizers ignore it`);
  }
  const unkId = Number(unk_id);
  if (!(unkId >= 0 && unkId < pieces.length)) {
    throw new InputError(`${file}: unk_id: expected an id in [0, ${pieces.length}), got ${unkId}`);
  }
  return {
    pieces,
    kind,
    byteFallback: byte_fallback === true,
    unkId,
    unkPiece: String(unk_piece),
    charsmap: (normalizer.precompiled_charsmap ?? new Uint8Array(0)) as Uint8Array,
    addDummyPrefix: normalizer.add_dummy_prefix !== false,
    removeExtraWhitespaces: normalizer.remove_extra_whitespaces !== false,
  };
}

const pieceOf = ({ piece = '', score = 0, type = PIECE.normal }: Fields): Piece => ({
  piece: String(piece),
  score: Number(score),
  type: Number(type),
});

function checkPieces(pieces: readonly Piece[], file: string): void {
  if (pieces.length === 0) throw new InputError(`${file}: expected a SentencePiece model, got no pieces`);
  const ids = new Map<string, number>();
  pieces.forEach(({ piece, score, type }, id) => {
    if (piece === '') throw new InputError(`${file}: expected a text for each piece, got none, at id ${id}`);
    if (!Number.isFinite(score)) throw new InputError(`${file}: expected a finite score, got ${score}, at id ${id}`);
    if (!(type >= PIECE.normal && type <= PIECE.byte)) {
      throw new InputError(`${file}: type: expected 1 to 6, got ${type}, at id ${id}`);
    }
    const other = ids.get(piece);
    if (other !== undefined) {
      throw new InputError(`${file}: expected each piece once, got ${JSON.stringify(piece)} at ids ${other} and ${id}`);
    }
    ids.set(piece, id);
  });
}
