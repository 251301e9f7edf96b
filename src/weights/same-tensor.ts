import type { OpenSafetensors } from './safetensors.ts';
import type { TensorPlace } from './safetensors-header.ts';
import { isSameData } from './same-data.ts';
import { elementCount, float32Data, formatOf } from './tensor.ts';

/** A tensor in an open file. */
export interface StoredPlace {
  readonly file: Pick<OpenSafetensors, 'read'>;
  readonly place: TensorPlace;
}

/** Numbers that are read at once: most tensors that differ do so in the first piece. */
const pieceLength = 2 ** 16;

async function piece({ file, place }: StoredPlace, from: number, to: number): Promise<Float32Array> {
  const { begin } = place;
  const { bytes } = formatOf(place.dtype);
  const part = { ...place, shape: [to - from], begin: begin + from * bytes, end: begin + to * bytes };
  return float32Data(await file.read(part), 'tensor');
}

/** Whether two tensors have one shape and the same numbers, as float32. They are read only up to the first difference. */
export async function isSameTensor(a: StoredPlace, b: StoredPlace): Promise<boolean> {
  if (String(a.place.shape) !== String(b.place.shape)) return false;
  const count = elementCount(a.place.shape);
  for (let from = 0; from < count; from += pieceLength) {
    const to = Math.min(from + pieceLength, count);
    if (!isSameData(await piece(a, from, to), await piece(b, from, to))) return false;
  }
  return true;
}
