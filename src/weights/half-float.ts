/**
 * Converts the two 16-bit floats of checkpoints to and from 32 bits.
 *
 * F16: IEEE 754 binary16, 1 sign, 5 exponent (bias 15), 10 fraction bits. BF16: the upper half of a binary32.
 * Rounds to nearest, ties to even, as PyTorch does; NaN stays NaN.
 */

const scratch = new DataView(new ArrayBuffer(4));

/** Bit pattern of a binary32 number. */
function float32Bits(value: number): number {
  scratch.setFloat32(0, value, true);
  return scratch.getUint32(0, true);
}

/** Value of a binary16 bit pattern. */
function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let float16Values: Float32Array | undefined;

/** F16 bit patterns → float32; exact. */
export function widenFloat16(bits: Uint16Array): Float32Array {
  float16Values ??= Float32Array.from({ length: 65536 }, (_, i) => float16Value(i));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = float16Values[bits[i]!]!;
  return values;
}

/** BF16 bit patterns → float32; exact. */
export function widenBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

/** Nearest integer, ties to even. */
function roundTiesToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max((float32Bits(size) >>> 23) - 127, -14);
  const units = roundTiesToEven(size * 2 ** (10 - exponent));
  // 1024 units make the implicit leading 1, so a carry out of the fraction moves into the exponent.
  return sign | (units < 1024 ? units : ((exponent + 15) << 10) + units - 1024);
}

function bfloat16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  const bits = float32Bits(value);
  const tie = (bits >>> 16) & 1;
  return (bits + 0x7fff + tie) >>> 16;
}

/** float32 → F16 bit patterns, to nearest, ties to even; beyond 65504 → infinity. */
export function roundToFloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, float16Bits);
}

/** float32 → BF16 bit patterns, to nearest, ties to even. */
export function roundToBfloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, bfloat16Bits);
}
