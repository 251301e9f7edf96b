import type { Emitter, Name } from '../../graph/index.ts';

/** π/2 in three parts. The first two have so few digits that a product with the number of a quadrant is exact. */
const quarterTurn = [1.5703125, 4.837512969970703e-4, 7.54978995489188e-8] as const;

/** sin r = r + r³·P(r²) and cos r = 1 − r²/2 + r⁴·Q(r²) for |r| ≤ π/4, the highest power first. */
const sinePowers = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1] as const;
const cosinePowers = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2] as const;

/**
 * sin(x + quadrants·π/2), exact to float32 for |x| < 8192, without the operators `Sin` and `Cos`. WebGPU allows those
 * an error of 2⁻¹¹ within one turn and any beyond.
 *
 * Source: Moshier, Cephes 2.8, sinf.c: reduction to the nearest multiple of π/2 (Cody and Waite 1980), then polynomials.
 */
export function sineByPolynomials(emit: Emitter, x: Name, quadrants: 0 | 1): Name {
  const number = (value: number) => emit.constant(value, 'float');
  const mul = (a: Name, b: Name) => emit('Mul', [a, b]);
  const add = (a: Name, b: Name) => emit('Add', [a, b]);
  const sub = (a: Name, b: Name) => emit('Sub', [a, b]);
  const half = (a: Name) => emit('Floor', [mul(a, number(0.5))]);
  const isOdd = (a: Name) => sub(a, mul(half(a), number(2)));
  const nearest = emit('Floor', [add(mul(x, number(2 / Math.PI)), number(0.5))]);
  const r = quarterTurn.reduce((rest, part) => sub(rest, mul(nearest, number(part))), x);
  const square = mul(r, r);
  const polynomial = ([highest, ...others]: readonly number[]) =>
    others.reduce((sum, factor) => add(mul(sum, square), number(factor)), number(highest));
  const sine = add(r, mul(mul(r, square), polynomial(sinePowers)));
  const tail = mul(mul(square, square), polynomial(cosinePowers));
  const cosine = add(sub(number(1), mul(square, number(0.5))), tail);
  const quadrant = quadrants ? add(nearest, number(quadrants)) : nearest;
  const turned = isOdd(quadrant);
  const magnitude = add(mul(turned, cosine), mul(sub(number(1), turned), sine));
  return mul(magnitude, sub(number(1), mul(isOdd(half(quadrant)), number(2))));
}
