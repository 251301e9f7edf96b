const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let value = -1;
  for (const byte of bytes) value = (value >>> 8) ^ (crcTable[(value ^ byte) & 255] ?? 0);
  return ~value >>> 0;
}

const uint32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

function joined(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = joined([new TextEncoder().encode(type), data]);
  return joined([uint32(data.length), body, uint32(crc32(body))]);
}

/** A zlib stream, which the platform writes: Node and every browser have it. */
async function zlib(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The size of a PNG, and what its pixels are. */
export interface PngForm {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: 4 | 8;
  /** 0: grey; 2: red, green, blue; 3: an index into the palette. */
  readonly colour: 0 | 2 | 3;
  /** The colours, three bytes each, and the opacity of each. */
  readonly palette?: { readonly colours: Uint8Array; readonly opacities: Uint8Array };
}

/**
 * A PNG. `lines`: for every line of pixels a 0, which says that it is not filtered, and its samples.
 *
 * Source: W3C PNG (third edition).
 */
export async function png(form: PngForm, lines: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { width, height, depth, colour, palette } = form;
  return joined([
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    chunk('IHDR', joined([uint32(width), uint32(height), [depth, colour, 0, 0, 0]])),
    ...(palette ? [chunk('PLTE', palette.colours), chunk('tRNS', palette.opacities)] : []),
    chunk('IDAT', await zlib(lines)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** A PNG as an address that a page contains. */
export function pngAddress(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}
