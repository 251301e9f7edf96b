import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { diskFolder } from '../../src/io/disk-folder.ts';
import type { Folder } from '../../src/io/folder.ts';
import { loadCheckpoint } from '../../src/weights/checkpoint.ts';
import { roundToBfloat16, roundToFloat16 } from '../../src/weights/half-float.ts';
import { matchNames } from '../../src/weights/name-match.ts';
import { conv1d, legacyLayerNorm } from '../../src/weights/name-rule.ts';
import { checkpointTensors, matchParameters } from '../../src/weights/parameter-match.ts';
import { parseSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import { float32Data, float32Tensor, int32Data, type Tensor } from '../../src/weights/tensor.ts';

const golden = (name: string) => diskFolder(fileURLToPath(new URL(`../golden/loading/${name}`, import.meta.url)));

async function expectedOf(name: string) {
  const { tensors } = parseSafetensors(await golden(name).read('expected.safetensors'), `${name}/expected.safetensors`);
  const read = (key: string) => tensors.get(key)!;
  return {
    ids: int32Data(read('in/input_ids'), 'in/input_ids'),
    time: read('in/input_ids').shape[1],
    embedded: float32Data(read('out/hidden_states.0'), 'out/hidden_states.0'),
  };
}

/** Sum of rows of the tables that each position reads, [positions, D]. */
function embed(
  tables: readonly Float32Array[],
  rows: (position: number) => readonly number[],
  positions: number,
  width: number,
) {
  return Array.from({ length: positions }, (_, position) =>
    Array.from({ length: width }, (_, d) =>
      rows(position).reduce((sum, row, i) => sum + tables[i][row * width + d], 0),
    ),
  );
}

function layerNorm(row: readonly number[], weight: Float32Array, bias: Float32Array): number[] {
  const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
  const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
  return row.map((x, d) => ((x - mean) / Math.sqrt(variance + 1e-12)) * weight[d] + bias[d]);
}

function largestDifference(a: readonly number[], b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
}

const shapesOf = (tensors: ReadonlyMap<string, Tensor>) =>
  new Map([...tensors].map(([name, { shape }]) => [name, shape]));

describe('a checkpoint', () => {
  test.each(['bert_float16', 'bert_bfloat16', 'bert_sharded', 'bert_legacy_names'])(
    '%s embeds the golden sentences as PyTorch does',
    async (name) => {
      const checkpoint = await loadCheckpoint(golden(name));
      const shapes = shapesOf((await loadCheckpoint(golden('bert_sharded'))).tensors);
      const { parameters } = matchParameters(shapes, checkpoint, {
        rules: legacyLayerNorm,
        ignore: ['**.position_ids', 'bert.pooler.**', 'cls.seq_relationship.*'],
        tied: new Map([
          ['cls.predictions.decoder.weight', 'bert.embeddings.word_embeddings.weight'],
          ['cls.predictions.decoder.bias', 'cls.predictions.bias'],
        ]),
      });
      const read = (part: string) => parameters.get(`bert.embeddings.${part}`)!;
      const { ids, time, embedded } = await expectedOf(name);
      const tables = ['word_embeddings', 'position_embeddings', 'token_type_embeddings'].map((one) =>
        read(`${one}.weight`),
      );
      const sums = embed(tables, (at) => [ids[at], at % time, 0], ids.length, 24);
      const states = sums.flatMap((row) => layerNorm(row, read('LayerNorm.weight'), read('LayerNorm.bias')));
      expect(largestDifference(states, embedded)).toBeLessThan(2e-6);
    },
  );

  test('in F16 and in BF16 holds what PyTorch rounded the float32 one to', async () => {
    const { tensors } = await loadCheckpoint(golden('bert_sharded'));
    const half = await loadCheckpoint(golden('bert_float16'));
    const brain = await loadCheckpoint(golden('bert_bfloat16'));
    expect(tensors.size).toBe(42);
    for (const [name, tensor] of tensors) {
      const data = float32Data(tensor, name);
      expect(roundToFloat16(data), name).toEqual(roundToFloat16(float32Data(half.tensors.get(name)!, name)));
      expect(roundToBfloat16(data), name).toEqual(roundToBfloat16(float32Data(brain.tensors.get(name)!, name)));
    }
  });

  test('with old names holds the same parameters as one with new names', async () => {
    const { tensors } = await loadCheckpoint(golden('bert_sharded'));
    const old = await loadCheckpoint(golden('bert_legacy_names'));
    const { parameters, report } = matchParameters(shapesOf(tensors), old, {
      rules: legacyLayerNorm,
      ignore: ['**.position_ids', 'cls.predictions.decoder.*'],
      heads: ['bert.pooler.**', 'cls.**'],
    });
    expect(report.buffers).toHaveLength(3);
    expect(report.unexpected).toHaveLength(4);
    expect([...parameters.keys()]).toEqual([...tensors.keys()]);
    for (const [name, data] of parameters) expect(data, name).toEqual(tensors.get(name)?.data);
  });

  test('as GPT-2 was published gets its prefix, loses its buffers, transposes its Conv1D weights, and is written with the same numbers', async () => {
    const folder = golden('gpt2_hub_layout');
    const published = await loadCheckpoint(folder);
    const buffers = ['h.*.attn.bias', 'h.*.attn.masked_bias'];
    const transposed = conv1d(
      'h.*.attn.c_attn.weight',
      'h.*.attn.c_proj.weight',
      'h.*.mlp.c_fc.weight',
      'h.*.mlp.c_proj.weight',
    );
    const shapes = new Map<string, readonly number[]>();
    for (const [name, { shape }] of published.tensors) {
      if (/attn\.(masked_)?bias$/.test(name) && !name.includes('c_')) continue;
      shapes.set(`transformer.${name}`, /c_\w+\.weight$/.test(name) ? shape.toReversed() : shape);
    }
    const options = { rules: transposed, prefix: 'transformer', ignore: buffers };
    const { parameters, report } = matchParameters(shapes, published, options);
    expect(report.buffers).toHaveLength(4);
    const wte = parameters.get('transformer.wte.weight')!;
    const { ids, time, embedded } = await expectedOf('gpt2_hub_layout');
    const sums = embed([wte, parameters.get('transformer.wpe.weight')!], (at) => [ids[at], at % time], ids.length, 24);
    expect(largestDifference(sums.flat(), embedded)).toBeLessThan(1e-6);

    const [columns, rows] = [72, 24];
    const flat = published.tensors.get('h.0.attn.c_attn.weight')!.data;
    const weight = parameters.get('transformer.h.0.attn.c_attn.weight')!;
    expect([weight[5 * rows + 7], weight[71 * rows]]).toEqual([flat[7 * columns + 5], flat[71]]);

    const model = new Map([...parameters].map(([name, data]) => [name, float32Tensor(shapes.get(name)!, data)]));
    const back = checkpointTensors(
      model,
      transposed.map((rule) => ({ ...rule, file: `transformer.${rule.file}`, model: `transformer.${rule.model}` })),
    );
    const kept = [...published.tensors].filter(([name]) => !report.buffers.includes(name));
    expect(writeSafetensors(back)).toEqual(
      writeSafetensors(new Map(kept.map(([name, tensor]) => [`transformer.${name}`, tensor]))),
    );
  });
});

function memoryFolder(files: Record<string, Uint8Array | string>): Folder {
  const bytes = new Map(
    Object.entries(files).map(([name, data]) => [
      name,
      typeof data === 'string' ? new TextEncoder().encode(data) : data,
    ]),
  );
  return { name: 'm', has: async (file) => bytes.has(file), read: async (file) => bytes.get(file)! };
}

describe('a checkpoint is refused when', () => {
  const one = (name: string) => writeSafetensors(new Map([[name, float32Tensor([1], Float32Array.of(1))]]));
  /** A file with one number of a type, of so many bytes. */
  const ofType = (dtype: string, bytes: number) => {
    const header = JSON.stringify({ a: { dtype, shape: [1], data_offsets: [0, bytes] } });
    const head = new Uint8Array(8);
    new DataView(head.buffer).setBigUint64(0, BigInt(header.length), true);
    return new Uint8Array(Buffer.concat([head, Buffer.from(header), new Uint8Array(bytes)]));
  };
  const index = (map: Record<string, string>) => JSON.stringify({ weight_map: map });
  test.each<[string, Record<string, Uint8Array | string>, RegExp]>([
    ['there are no weights', {}, /^checkpoint m: expected model.safetensors or .*index.json, got neither$/],
    [
      'there is only a pickle',
      { 'pytorch_model.bin': 'x' },
      /got pytorch_model.bin, a pickle, which can run code when it is read; convert it in Python: import torch, /,
    ],
    [
      'the file is damaged',
      { 'model.safetensors': one('a').slice(0, -1) },
      /^m\/model.safetensors: tensor "a": data_offsets/,
    ],
    [
      'the index is not JSON',
      { 'model.safetensors.index.json': '{' },
      /^m\/model.safetensors.index.json:1:2: expected a name/,
    ],
    [
      'the index has no map',
      { 'model.safetensors.index.json': '{}' },
      /missing field "weight_map", expected a mapping/,
    ],
    [
      'the index leaves the folder',
      { 'model.safetensors.index.json': index({ a: '../s' }) },
      /the name of a file inside the folder, got "..\/s"/,
    ],
    [
      'shards are missing: each is named',
      { 'model.safetensors.index.json': index({ a: 's1', b: 's2', c: 's3' }), s2: one('b') },
      /^m\/model.safetensors.index.json:\n {2}expected the shard s1 in the folder, got no such file\n {2}expected the shard s3 in/,
    ],
    [
      'a tensor lies in another shard than the index says',
      {
        'model.safetensors.index.json': index({ a: 's1', b: 's1', c: 's2' }),
        s1: one('a'),
        s2: writeSafetensors(new Map(['b', 'c'].map((name) => [name, float32Tensor([1], Float32Array.of(1))]))),
      },
      /^m\/model.safetensors.index.json: expected b in s1, got it in s2$/,
    ],
    [
      'a shard holds a tensor that the index does not list',
      {
        'model.safetensors.index.json': index({ a: 's1' }),
        s1: writeSafetensors(new Map(['a', 'z'].map((name) => [name, float32Tensor([1], Float32Array.of(1))]))),
      },
      /^m\/model.safetensors.index.json: expected z in no file, got it in s1$/,
    ],
    [
      'a shard is cut off: its tensors leave the file',
      { 'model.safetensors.index.json': index({ a: 's1' }), s1: one('a').slice(0, -1) },
      /^m\/s1: tensor "a": data_offsets \[0, 4\] are out of range, the file holds 3 bytes of data$/,
    ],
    [
      'its numbers have 8 bits',
      { 'model.safetensors': ofType('F8_E4M3', 1) },
      /^m\/model.safetensors: tensor "a": "F8_E4M3", numbers of fewer than 16 bits, is not read; in Python, .*dtype="float32"/,
    ],
    [
      'there is TensorFlow’s file alone',
      { 'tf_model.h5': 'x' },
      /got tf_model.h5, TensorFlow's format; convert it with Transformers 4, in Python: .*from_tf=True\)\.save_pretrained/,
    ],
    [
      'there is an adapter alone',
      { 'adapter_model.safetensors': one('a') },
      /got adapter_model.safetensors, an adapter without its model; merge them in Python: .*merge_and_unload\(\)/,
    ],
    [
      'a shard holds other tensors than the index says',
      { 'model.safetensors.index.json': index({ a: 's1', b: 's2', c: 's2' }), s1: one('b'), s2: one('c') },
      /expected b in s2, got it in s1\n.*expected a in s1, got none/,
    ],
  ])('%s', async (_, files, message) => {
    await expect(loadCheckpoint(memoryFolder(files))).rejects.toThrow(message);
  });
});

test('tensors may be named as properties that every object has, in one file and in shards', async () => {
  const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty', '7'];
  const written = (part: readonly string[]) =>
    writeSafetensors(new Map(part.map((name) => [name, float32Tensor([1], Float32Array.of(name.length))])));
  const shards = `{"weight_map": {${names.map((name, i) => `"${name}": "s${i % 2}"`).join(', ')}}}`;
  const folders: Record<string, Uint8Array | string>[] = [
    { 'model.safetensors': written(names) },
    {
      'model.safetensors.index.json': shards,
      s0: written(names.filter((_, i) => i % 2 === 0)),
      s1: written(names.filter((_, i) => i % 2 === 1)),
    },
  ];
  const shapes = new Map(names.map((name) => [name, [1]]));
  for (const files of folders) {
    const checkpoint = await loadCheckpoint(memoryFolder(files));
    expect([...checkpoint.tensors.keys()].sort()).toEqual([...names].sort());
    const { parameters } = matchParameters(shapes, checkpoint);
    for (const name of names) expect(parameters.get(name)).toEqual(Float32Array.of(name.length));
    expect(writeSafetensors(checkpointTensors(checkpoint.tensors, []))).toEqual(written(names));
  }
});

describe('matching is strict:', () => {
  const tensor = (...shape: number[]) =>
    float32Tensor(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1));
  const checkpoint = (tensors: Record<string, Tensor>) => ({ name: 'gpt2', tensors: new Map(Object.entries(tensors)) });
  const expected = (shapes: Record<string, readonly number[]>) => new Map(Object.entries(shapes));

  test('all differences are reported at once', () => {
    const found = checkpoint({
      'wpe.weight': tensor(2, 3),
      'lm_head.weight': tensor(1),
      'wte.weight': { dtype: 'I64', shape: [1], data: BigInt64Array.of(1n) },
    });
    const shapes = expected({ 'wpe.weight': [4, 3], 'h.0.weight': [1], 'h.1.weight': [1], 'wte.weight': [1] });
    expect(() => matchParameters(shapes, found)).toThrow(
      'checkpoint gpt2: 2 missing (h.0.weight, h.1.weight), 1 unexpected (lm_head.weight), ' +
        '1 wrong shape (wpe.weight [2, 3], expected [4, 3]), 1 not floating-point (wte.weight I64)',
    );
  });

  test('long lists are cut', () => {
    const shapes = expected(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`h.${i}`, [1]])));
    expect(() => matchParameters(shapes, checkpoint({}))).toThrow(/^checkpoint gpt2: 12 missing \(h\.0, .*h\.7, …\)$/);
  });

  test('a tied tensor may be there twice if it is the same, or under its second name alone', () => {
    const tied = new Map([['lm_head.weight', 'wte.weight']]);
    const shapes = expected({ 'wte.weight': [2] });
    const same = checkpoint({ 'wte.weight': tensor(2), 'lm_head.weight': tensor(2) });
    expect([...matchParameters(shapes, same, { tied }).parameters.keys()]).toEqual(['wte.weight']);
    const second = checkpoint({ 'lm_head.weight': tensor(2) });
    expect([...matchParameters(shapes, second, { tied }).parameters.keys()]).toEqual(['wte.weight']);
    const other = checkpoint({ 'wte.weight': tensor(2), 'lm_head.weight': float32Tensor([2], Float32Array.of(1, 2)) });
    expect(() => matchParameters(shapes, other, { tied })).toThrow(
      '1 tied but different (lm_head.weight ≠ wte.weight)',
    );
  });

  test('a head may be missing or of another size only where that is allowed', () => {
    const shapes = expected({ 'bert.a': [1], 'classifier.weight': [2], 'classifier.bias': [2] });
    const found = checkpoint({ 'bert.a': tensor(1), 'classifier.bias': tensor(3) });
    const heads = ['classifier.*'];
    expect(() => matchNames(shapes, found, { heads })).toThrow(
      'checkpoint gpt2: 1 missing (classifier.weight), 1 wrong shape (classifier.bias [3], expected [2])',
    );
    const { sources, report } = matchNames(shapes, found, { heads, allowsNewHead: true });
    expect([...sources.keys()]).toEqual(['bert.a']);
    expect(report.missing).toEqual(['classifier.weight']);
    expect(report.mismatched).toEqual([{ name: 'classifier.bias', found: [3], expected: [2] }]);
    expect(() => matchNames(shapes, checkpoint({}), { heads, allowsNewHead: true })).toThrow('1 missing (bert.a)');
  });
});

test.each([2n ** 31n, -(2n ** 31n) - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n])('%s is no integer of 32 bits', (value) => {
  const tensor = (...values: bigint[]): Tensor => ({
    dtype: 'I64',
    shape: [values.length],
    data: BigInt64Array.from(values),
  });
  expect(int32Data(tensor(-(2n ** 31n), 2n ** 31n - 1n), 'ids')).toEqual(Int32Array.of(-(2 ** 31), 2 ** 31 - 1));
  expect(() => int32Data(tensor(0n, value), 'ids')).toThrow(
    `tensor ids: expected integers of 32 bits, got ${value}, at element 1`,
  );
});
