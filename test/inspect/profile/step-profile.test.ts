import { describe, expect, test } from 'vitest';
import { kindNames, kindOf } from '../../../src/inspect/profile/kind.ts';
import { layersOf } from '../../../src/inspect/profile/layer.ts';
import { flopsOf, productSize } from '../../../src/inspect/profile/product.ts';

describe('layers', () => {
  const cases = {
    'BERT under a head': {
      'bert.embeddings.word_embeddings': 'bert.embeddings',
      'bert.embeddings': 'bert.embeddings',
      'bert.encoder.layer.0.attention.self.query': 'bert.encoder.layer.0',
      'bert.encoder.layer.11.output.LayerNorm': 'bert.encoder.layer.11',
      'bert.pooler.dense': 'bert.pooler',
      classifier: 'classifier',
    },
    'T5, whose layers have numbers inside': {
      shared: 'shared',
      'encoder.block.0.layer.1.DenseReluDense.wi': 'encoder.block.0',
      'encoder.final_layer_norm': 'encoder.final_layer_norm',
    },
    'GPT-2': { 'transformer.wte': 'transformer.wte', 'transformer.h.3.mlp.c_fc': 'transformer.h.3' },
    'recurrent models, without numbers': {
      'model.embed_tokens': 'model.embed_tokens',
      'model.rnn': 'model.rnn',
      'model.decoder.attention': 'model.decoder.attention',
      'model.decoder': 'model.decoder',
    },
  } as const;
  test.each(Object.entries(cases))('%s', (_, paths) => {
    const layerOf = layersOf(Object.keys(paths));
    expect(Object.fromEntries(Object.keys(paths).map((path) => [path, layerOf(path)]))).toEqual(paths);
  });
});

describe('kinds', () => {
  const at = { path: 'encoder.layer.0', isRandom: false };
  test.each([
    ['Gemm', at, 'matrix products'],
    ['Softmax', at, 'softmax'],
    ['ScatterElements', at, 'gather and scatter'],
    ['Scan', at, 'loops'],
    ['Mul', at, 'elementwise'],
    ['Mul', { ...at, path: 'encoder.layer.0.output.LayerNorm' }, 'norms'],
    ['ReduceSum', { ...at, path: 'h.0.ln_1' }, 'norms'],
    ['Mul', { ...at, path: 'model.encoder.layer_norm' }, 'norms'],
    ['Mul', { ...at, path: 'model.normalizer' }, 'elementwise'],
    ['Gemm', { ...at, path: 'encoder.layer.0.output.LayerNorm' }, 'matrix products'],
    ['Less', { ...at, isRandom: true }, 'random numbers'],
    ['SomethingNew', at, 'other'],
  ] as const)('%s %o: %s', (op, place, kind) => expect(kindOf(op, place)).toBe(kind));

  test('every kind but the last names operators or is found otherwise', () => expect(kindNames.at(-1)).toBe('other'));
});

describe('sizes of products', () => {
  const value = (...shape: number[]) => ({ type: 'float', shape });
  const node = (op: string, inputs: number[][], out: number[]) => ({
    ...{ name: 'n', op, inputs: inputs.map((shape) => value(...shape)), outputs: [value(...out)] },
  });
  test.each([
    ['Gemm', [[64, 384], [1536, 384], [1536]], [64, 1536], [1, 64, 384, 1536]],
    [
      'FusedMatMul',
      [
        [384, 64],
        [384, 128],
      ],
      [64, 128],
      [1, 64, 384, 128],
    ],
    [
      'MatMul',
      [
        [2, 12, 5, 7],
        [2, 12, 7, 3],
      ],
      [2, 12, 5, 3],
      [24, 5, 7, 3],
    ],
    [
      'MatMul',
      [
        [1, 2, 9, 4],
        [6, 2, 4, 3],
      ],
      [6, 2, 9, 3],
      [12, 9, 4, 3],
    ],
    [
      'MatMul',
      [
        [4, 5, 7],
        [7, 3],
      ],
      [4, 5, 3],
      [4, 5, 7, 3],
    ],
    ['MatMul', [[5, 7], [7]], [5], [1, 5, 7, 1]],
    ['MatMul', [[7], [7, 3]], [3], [1, 1, 7, 3]],
  ] as const)('%s %j', (op, inputs, out, [batch, rows, inner, columns]) => {
    const size = productSize(
      node(
        op,
        inputs.map((shape) => [...shape]),
        [...out],
      ),
    );
    expect(size).toEqual({ batch, rows, inner, columns });
    expect(flopsOf(size!)).toBe(2 * batch * rows * inner * columns);
  });
  test('other nodes have none', () => expect(productSize(node('Add', [[2], [2]], [2]))).toBeUndefined());
});
