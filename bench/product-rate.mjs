/**
 * The matrix products of a profile by size: what they take in a step, and what they would take at the rate of the bare
 * product, two plain matrices multiplied alone. What other engines have to beat is the second figure and all that is no
 * product.
 */
import { flopsOf, productSize } from '../dist/inspect/profile/product.js';
import { bareRate } from '../dist/tasks/profile/bare-rate.js';

/** Products of one size: ms and executions a step. */
export function productsBySize(programs, steps) {
  const sizes = new Map();
  for (const { node, own } of programs.flatMap(({ runs }) => runs.flatMap(({ events }) => events))) {
    const size = productSize(node);
    if (!size) continue;
    const { batch, rows, inner, columns } = size;
    const name = `${batch > 1 ? `${batch} × ` : ''}[${rows}, ${inner}] · [${inner}, ${columns}]`;
    const known = sizes.get(name) ?? { name, size, ms: 0, calls: 0 };
    sizes.set(name, { ...known, ms: known.ms + own / 1000 / steps, calls: known.calls + 1 / steps });
  }
  return [...sizes.values()].sort((a, b) => b.ms - a.ms);
}

/** The same with the rate in the step and the bare rate, GFLOP/s, for the `most` that take longest. */
export async function productRates(backend, programs, { steps, threads, most }) {
  const products = [];
  for (const product of productsBySize(programs, steps).slice(0, most)) {
    const flops = product.calls * flopsOf(product.size);
    const { rate: bare } = await bareRate(backend, product.size, threads);
    products.push({ ...product, flops, rate: flops / product.ms / 1e6, bare, bareMs: flops / bare / 1e6 });
  }
  return products;
}
