/** Reads the PNGs that pages contain. */
import { inflateSync } from 'node:zlib';

/** The data of a chunk. */
function chunkOf(png: Uint8Array, type: string): Buffer {
  const bytes = Buffer.from(png);
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === type) return bytes.subarray(at + 8, at + 8 + length);
    at += length + 12;
  }
  throw new Error(`png: expected ${type}`);
}

/** Samples in a pixel, by colour type: grey, red green blue, palette. */
const samplesIn: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1 };

/** The samples of an image without filters, line by line. */
export function samplesOf(png: Uint8Array): number[][] {
  const header = chunkOf(png, 'IHDR');
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, colour] = [header.readUInt8(8), header.readUInt8(9)];
  const count = width * (samplesIn[colour] ?? 0);
  const lines = inflateSync(chunkOf(png, 'IDAT'));
  const stride = 1 + Math.ceil((count * depth) / 8);
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: count }, (_, x) => {
      if (depth === 8) return lines[y * stride + 1 + x];
      const byte = lines[y * stride + 1 + (x >> 1)] ?? 0;
      return x % 2 === 0 ? byte >> 4 : byte & 15;
    }),
  );
}

/** The bytes of an image's address in a page. */
export const pngOf = (address: string): Uint8Array =>
  new Uint8Array(Buffer.from(address.slice('data:image/png;base64,'.length), 'base64'));
