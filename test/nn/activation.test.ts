import { describe, expect, test } from 'vitest';
import { constantTensor, gradient, input, interpret, value } from '../../src/graph/index.ts';
import { InputError } from '../../src/io/error.ts';
import { activation, activations } from '../../src/nn/index.ts';

/** Expected values by Transformers' formulas, at −2, 0.5 and 12. */
const formulas: Readonly<Record<string, (x: number) => number>> = {
  gelu_10: (x) => (x === 12 ? 10 : expectedGelu[x]),
  gelu_accurate: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  gelu_fast: (x) => 0.5 * x * (1 + Math.tanh(x * 0.7978845608 * (1 + 0.044715 * x * x))),
  gelu_python: (x) => expectedGelu[x],
  swish: (x) => x / (1 + Math.exp(-x)),
  laplace: (x) => expectedLaplace[x],
};
/** x·Φ(x), from a table of the normal distribution. */
const expectedGelu: Readonly<Record<number, number>> = { '-2': -0.0455002639, '0.5': 0.3457312306, '12': 12 };
/** Φ((x − 0.707107)/0.282095), from the same table. */
const expectedLaplace: Readonly<Record<number, number>> = { '-2': 0, '0.5': 0.2314, '12': 1 };

const x = input('x', [3]);
const feeds = { x: value([3], [-2, 0.5, 12]) };

describe('activations by name', () => {
  test.each(Object.entries(formulas))('%s is as Transformers defines it', (name, formula) => {
    const [y] = interpret([activation(name)(x)], feeds);
    const digits = name === 'laplace' ? 4 : 8;
    feeds.x.data.forEach((at, i) => expect(y.data[i]).toBeCloseTo(formula(at), digits));
  });

  test('every one of ACT2FN without parameters is there', () => {
    expect(Object.keys(activations).join(' ')).toBe(
      'gelu gelu_10 gelu_accurate gelu_fast gelu_new gelu_python gelu_pytorch_tanh laplace leaky_relu linear mish ' +
        'quick_gelu relu relu2 relu6 sigmoid silu swish tanh',
    );
  });

  test('the bounds of relu6 have no slope, as in PyTorch', () => {
    const bounds = constantTensor([0, 3, 6], [3]);
    const [g] = gradient(activation('relu6')(bounds), [bounds]);
    expect(g && [...interpret([g], {})[0].data]).toEqual([0, 1, 0]);
  });

  test('an unknown name is refused with the nearest known one', () => {
    expect(() => activation('geluu')).toThrow(InputError);
    expect(() => activation('geluu')).toThrow('got "geluu"; did you mean "gelu"?');
    expect(() => activation('toString')).toThrow('activation: expected one of gelu, ');
  });
});
