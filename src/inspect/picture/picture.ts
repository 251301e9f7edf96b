import { png, pngAddress } from './png.ts';

/** An image that a model read. */
export interface Picture {
  readonly channels: number;
  readonly size: readonly [rows: number, columns: number];
  /** [C, R, K], 0 … 255. */
  readonly pixels: ArrayLike<number>;
}

/** Most characters that the pictures of a page take. */
const pictureBudget = 600_000;

/** Three channels are red, green and blue; of any other number the mean is drawn, in grey. */
const samplesOf = ({ channels }: Picture): 1 | 3 => (channels === 3 ? 3 : 1);

const drawnSize = ({ size: [rows, columns] }: Picture, side: number): [height: number, width: number] => [
  Math.ceil(rows / side),
  Math.ceil(columns / side),
];

/** About how many characters a picture takes: 4 for every 3 bytes, which photographs hardly compress. */
function charactersOf(picture: Picture, side: number): number {
  const [height, width] = drawnSize(picture, side);
  return (4 / 3) * height * width * samplesOf(picture);
}

/** How many pixels on a side a point of a picture is, so that all pictures fit into a page. */
export function pixelsPerPoint(pictures: readonly Picture[]): number {
  const longest = Math.max(1, ...pictures.flatMap(({ size }) => size));
  let side = 1;
  const total = (): number => pictures.reduce((sum, picture) => sum + charactersOf(picture, side), 0);
  while (side < longest && total() > pictureBudget) side += 1;
  return side;
}

/** A picture as the address of an image. A point is the mean of `side` by `side` pixels. */
export async function pictureAddress(picture: Picture, side = 1): Promise<string> {
  const { channels, size, pixels } = picture;
  const [rows, columns] = size;
  const samples = samplesOf(picture);
  const [height, width] = drawnSize(picture, side);
  const sums = new Float64Array(height * width * samples);
  const counts = new Float64Array(sums.length);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const point = Math.floor(y / side) * width + Math.floor(x / side);
        const at = point * samples + (samples === 3 ? c : 0);
        sums[at] += pixels[(c * rows + y) * columns + x] ?? 0;
        counts[at] += 1;
      }
    }
  }
  const stride = 1 + width * samples;
  const lines = new Uint8Array(stride * height);
  sums.forEach((sum, at) => {
    const mean = Math.round(sum / Math.max(1, counts[at] ?? 1));
    const y = Math.floor(at / (width * samples));
    lines[y * stride + 1 + (at % (width * samples))] = Math.min(255, Math.max(0, mean));
  });
  return pngAddress(await png({ width, height, depth: 8, colour: samples === 3 ? 2 : 0 }, lines));
}
