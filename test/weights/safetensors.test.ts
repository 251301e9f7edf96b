import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { parseSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import { type Dtype, dtypes, elementCount, float32Tensor, formatOf, type Tensor } from '../../src/weights/tensor.ts';

/** A file with this header and so many zero bytes of data. */
function fileOf(header: string | object, dataLength = 0, headerLength?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const parse = (bytes: Uint8Array) => parseSafetensors(bytes, 'model.safetensors');
const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

const tensor: fc.Arbitrary<Tensor> = fc
  .record({
    dtype: fc.constantFrom<Dtype>(...dtypes),
    shape: fc.array(fc.nat(3), { maxLength: 3 }),
    seed: fc.array(fc.nat(255), { minLength: 216, maxLength: 216 }),
  })
  .map(({ dtype, shape, seed }) => {
    const { bytes, decode } = formatOf(dtype);
    const count = elementCount(shape);
    return { dtype, shape, data: decode(Uint8Array.from(seed.slice(0, count * bytes)).buffer, 0, count) };
  });
const someTensors = fc
  .array(fc.tuple(fc.string(), tensor), { maxLength: 5 })
  .map((entries) => new Map(entries.filter(([name]) => name !== '__metadata__')));

describe('a safetensors file', () => {
  test('gives back the tensors and the metadata it was written from', () => {
    const metadata = fc.dictionary(fc.string(), fc.string());
    fc.assert(
      fc.property(someTensors, metadata, fc.nat(7), (tensors, about, shift) => {
        const written = writeSafetensors(tensors, about);
        const shifted = new Uint8Array(written.length + shift).subarray(shift);
        shifted.set(written);
        const found = parse(shifted);
        expect({ ...found.metadata }).toEqual({ ...about });
        expect([...found.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
        for (const [name, { dtype, shape, data }] of tensors) {
          const read = found.tensors.get(name);
          expect(read?.dtype).toBe(dtype);
          expect(read?.shape).toEqual(shape);
          expect(read?.data).toEqual(data);
        }
      }),
    );
  });

  test('is the same bytes whatever the order of the tensors, with a header of a multiple of 8 bytes', () => {
    const a = float32Tensor([2], Float32Array.of(1, 2));
    const b = float32Tensor([], Float32Array.of(3));
    const written = writeSafetensors(
      new Map([
        ['a', a],
        ['b', b],
      ]),
    );
    expect(
      writeSafetensors(
        new Map([
          ['b', b],
          ['a', a],
        ]),
      ),
    ).toEqual(written);
    expect(new DataView(written.buffer).getBigUint64(0, true) % 8n).toBe(0n);
    expect(parse(written).metadata).toEqual({ format: 'pt' });
  });

  test('is viewed, not copied, where the type allows it', () => {
    const written = writeSafetensors(new Map([['a', float32Tensor([2], Float32Array.of(1, 2))]]));
    expect(parse(written).tensors.get('a')?.data.buffer).toBe(written.buffer);
  });

  test('is refused with an InputError, or read, whatever bytes are damaged', () => {
    const written = writeSafetensors(
      new Map<string, Tensor>([
        ['encoder.weight', float32Tensor([2, 3], new Float32Array(6))],
        ['ids', { dtype: 'I64', shape: [2], data: BigInt64Array.of(1n, 2n) }],
        ['half', { dtype: 'F16', shape: [1], data: Float32Array.of(0.5) }],
      ]),
    );
    let refused = 0;
    const damage = fc.array(fc.tuple(fc.nat(written.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(damage, fc.nat(written.length), fc.boolean(), (changes, length, isCut) => {
        const damaged = written.slice(0, isCut ? length : written.length);
        for (const [at, byte] of changes) if (at < damaged.length) damaged[at] = byte;
        try {
          for (const { data } of parse(damaged).tensors.values()) expect(data.length).toBeGreaterThanOrEqual(0);
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(1000);
  });
});

describe('a safetensors file is refused when', () => {
  const written = writeSafetensors(new Map([['a', float32Tensor([4], new Float32Array(4))]]));
  const deep = '['.repeat(1e5) + ']'.repeat(1e5);
  const cases: [string, Uint8Array, RegExp][] = [
    [
      'it is empty',
      new Uint8Array(),
      /^model.safetensors: expected a safetensors file of at least 8 bytes, got 0 bytes$/,
    ],
    ['its data are truncated', written.slice(0, -4), /tensor "a": data_offsets \[0, 16\] are out of range.* 12 bytes/],
    ['its header is truncated', written.slice(0, 30), /the header is longer than the file.* in a file of 30/],
    ['its header is longer than the file', fileOf('{}', 0, 2n ** 63n), /header of 9223372036854775808 bytes/],
    ['its header is not JSON', fileOf('{"a": oops}'), /^model.safetensors header:1:7: expected a value, got "oops}"$/],
    ['its header is not an object', fileOf('[]'), /expected a header that is a JSON object/],
    ['its header is not UTF-8', fileOf('{}', 1, 3n).fill(0xff, 10), /expected a header in UTF-8/],
    ['a dtype is unknown', fileOf({ a: { ...f32(0, 4), dtype: 'F8' } }, 4), /unknown dtype "F8", expected one of F64/],
    ['a dtype is not text', fileOf({ a: { ...f32(0, 4), dtype: 7 } }, 4), /unknown dtype 7/],
    ['offsets are out of range', fileOf({ a: f32(0, 8) }, 4), /\[0, 8\] are out of range, the file holds 4 bytes/],
    ['offsets run backwards', fileOf({ a: { ...f32(0, 4), data_offsets: [4, 0] } }, 4), /\[4, 0\] are out of range/],
    ['offsets are not whole', fileOf({ a: { ...f32(0, 4), data_offsets: [0, 3.5] } }, 4), /two data_offsets/],
    ['offsets are missing', fileOf({ a: { dtype: 'F32', shape: [] } }, 4), /two data_offsets, got undefined/],
    ['tensors overlap', fileOf({ a: f32(0, 8), b: f32(4, 12) }, 12), /tensors "a" and "b" overlap, at byte 4/],
    ['there is a hole', fileOf({ a: f32(0, 4), b: f32(8, 12) }, 12), /bytes 4 to 8 of the data belong to no tensor/],
    ['data are left over', fileOf({ a: f32(0, 4) }, 8), /bytes 4 to 8 of the data belong to no tensor/],
    ['a size disagrees', fileOf({ a: f32(0, 8, [3]) }, 8), /F32 of shape \[3\] takes 12 bytes, got 8/],
    ['a shape is negative', fileOf({ a: f32(0, 4, [-1]) }, 4), /a shape of whole numbers, got \[-1\]/],
    ['a shape is absurd', fileOf({ a: f32(0, 4, [2 ** 40, 2 ** 40]) }, 4), /takes 4\.8\d*e\+24 bytes, got 4/],
    [
      'a name occurs twice',
      fileOf(`{"a":${JSON.stringify(f32(0, 4))},"a":${JSON.stringify(f32(0, 4))}}`, 4),
      /"a" again/,
    ],
    [
      'a dtype is nested a hundred thousand deep',
      fileOf(`{"a":{"dtype":${deep}}}`),
      /unknown dtype \[\[…\]\], expected/,
    ],
    [
      'a shape is nested a hundred thousand deep',
      fileOf(`{"a":{"dtype":"F32","shape":${deep}}}`),
      /a shape of whole numbers, got \[\[…\]\]$/,
    ],
    ['a size is infinite', fileOf('{"a":{"dtype":"F32","shape":[1e999]}}'), /of whole numbers, got \[Infinity\]$/],
    [
      'a name has a million characters',
      fileOf({ ['x'.repeat(1e6)]: 1 }),
      /^.{1,80}tensor "x{60}…": expected an object/,
    ],
    ['the metadata are not strings', fileOf({ __metadata__: { a: 1 } }), /__metadata__: expected an object of strings/],
  ];
  test.each(cases)('%s', (_, bytes, message) => {
    expect(() => parse(bytes)).toThrow(InputError);
    expect(() => parse(bytes)).toThrow(message);
  });

  test('the header is absurdly long', () => {
    const bytes = new Uint8Array(100_000_010);
    new DataView(bytes.buffer).setBigUint64(0, 100_000_001n, true);
    expect(() => parse(bytes)).toThrow(/a header of at most 100000000 bytes, got 100000001/);
  });

  test('several things are wrong, and the message says them all', () => {
    const bytes = fileOf({ a: f32(0, 8, [3]), b: { ...f32(8, 12), dtype: 'F33' } }, 12);
    expect(() => parse(bytes)).toThrow(/takes 12 bytes, got 8\n.*unknown dtype "F33".*did you mean "F32"\?/);
  });
});

test('a tensor whose data do not fit its dtype and shape is not written', () => {
  const short = float32Tensor([3], new Float32Array(2));
  expect(() => writeSafetensors(new Map([['a', short]]))).toThrow(/tensor a: expected Float32Array of 3 numbers/);
  const wrong: Tensor = { dtype: 'I64', shape: [2], data: new Int32Array(2) };
  expect(() => writeSafetensors(new Map([['a', wrong]]))).toThrow(/expected BigInt64Array of 2 .* got Int32Array/);
});
