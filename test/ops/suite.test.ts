/** Generated from the op rows: adding a row adds its tests. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  apply,
  gradient,
  input,
  interpret,
  reshape,
  simplify,
  type Tensor,
  type Value,
  value,
} from '../../src/graph/index.ts';
import { applyBatched } from '../../src/graph/simplify/batching.ts';
import { onFlatRows } from '../../src/graph/simplify/flat-rows.ts';
import type { Backend } from '../../src/runtime/backend.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { alongDirection, present, seedFeeds, seedsFor } from './derivative.ts';
import { runLowered } from './engine.ts';
import { feedsOf, type OpCase, opCases, opRows, possibleSymbols, type Symbols, type Traced, trace } from './op-case.ts';
import { differenceTolerance, expectClose, tolerance } from './tolerance.ts';

/** Samples at which the gradient is not the derivative, or there is none, so that differences cannot check the rule. */
const kinks: Record<string, string> = {
  'stopGradient, sample 0, first order': 'its gradient is 0 by definition, its derivative is not',
  'stopGradient, sample 0, second order': 'its gradient is 0 by definition, its derivative is not',
  'embedding, sample 1, first order': "the padding's row gets no gradient by definition",
  'reduceMax, sample 2, second order': 'two elements tie: the gradient jumps there, by convention it is shared',
  'sign, sample 1, first order': 'jumps at 0; its derivative is 0 by convention',
  'sign, sample 1, second order': 'jumps at 0; its derivative is 0 by convention',
};

/** Cases in which no size can be a symbol. */
const withoutSymbols: Record<string, string> = {
  'reshape, sample 0': '2·6 = 3·4 holds for numbers only',
  'broadcastTo, sample 1': 'a scalar has no size, so no symbol has a source',
  'range, sample 0': 'it has no input, so no symbol has a source',
};

/** Float inputs that choose and are not varied. */
const choices: Record<string, string> = {
  'attention.mask': '0 or 1: between them its forbidden score of −1e9 is no function to differentiate',
  'biasedAttention.mask': 'the same',
};

const isFloat = ({ dtype }: Tensor): boolean => dtype === 'float';

/** Which outputs get a cotangent: the first alone (what a custom rule serves), then all, auxiliary ones included. */
function seedChoices(outputs: readonly Tensor[]): (readonly (Tensor | null)[])[] {
  const first = outputs.map((output, i) => (i === 0 && isFloat(output) ? output : null));
  const all = outputs.map((output) => (isFloat(output) ? output : null));
  return all.filter(Boolean).length > first.filter(Boolean).length ? [first, all] : [first];
}

const hasGradient = ({ op }: OpCase, { inputs, outputs }: Traced): boolean =>
  op.vjp !== 'none' && inputs.some(isFloat) && isFloat(outputs[0]);

const floatInputs = ({ op }: OpCase, { inputs }: Traced): Map<string, Tensor> =>
  new Map(
    inputs.flatMap((tensor, i) =>
      isFloat(tensor) && !choices[`${op.name}.${op.inputs[i]}`] ? [[op.inputs[i], tensor] as const] : [],
    ),
  );

/** A difference test at a sample where it must hold; where it cannot, a skip that says why. */
function derivativeTest(name: string, check: () => void): void {
  if (kinks[name]) test.skip(`${name}: ${kinks[name]}`, check);
  else test(name, check);
}

describe('the rows', () => {
  test('every op that the sources define is exported and checked here', () => {
    const files = ['src/graph', 'src/ops'].flatMap((room) =>
      readdirSync(room, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => `${room}/${file}`),
    );
    const defined = files.flatMap(
      (file) => readFileSync(file, 'utf8').match(/=\s+define(Op|ListOp|Composite)\(/g) ?? [],
    );
    expect(opRows.length).toBeGreaterThan(40);
    expect(opRows.length).toBe(defined.length);
    expect(new Set(opRows.map(({ name }) => name)).size).toBe(opRows.length);
  });

  test('every op has samples, of at most 256 elements', () => {
    for (const { name, samples } of opRows) {
      expect(samples.length, `${name} has no sample`).toBeGreaterThan(0);
      for (const { inputs } of samples) {
        for (const { shape } of inputs)
          expect(
            shape.reduce((a, b) => a * b, 1),
            name,
          ).toBeLessThanOrEqual(256);
      }
    }
  });

  test('every skip is of a case that exists', () => {
    const names = new Set(opCases.map(({ name }) => name));
    const skipped = [
      ...Object.keys(kinks).map((key) => key.replace(/, \w+ order$/, '')),
      ...Object.keys(withoutSymbols),
    ];
    expect(skipped.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('float64', () => {
  for (const opCase of opCases) {
    const feeds = feedsOf(opCase);
    const traced = trace(opCase);
    const { outputs } = traced;
    const values = () => interpret(outputs, feeds);

    test(`${opCase.name}: the reference gives the shapes and types that infer promised`, () => {
      values().forEach(({ shape, dtype, data }, i) => {
        expect(shape).toEqual(outputs[i].shape);
        expect(dtype).toBe(outputs[i].dtype);
        expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
        expect(data.every(Number.isFinite)).toBe(true);
      });
    });

    test(`${opCase.name}: simplify changes nothing`, () => {
      const simple = interpret(simplify(outputs), feeds);
      values().forEach((expected, i) => expectClose(simple[i], expected, tolerance.folded, `output ${i}`));
    });

    if (!hasGradient(opCase, traced)) continue;
    const wrt = floatInputs(opCase, traced);
    for (const [choice, seeded] of seedChoices(outputs).entries()) {
      const which = choice ? ' of all outputs' : '';
      const seeds = seedsFor('seed', seeded);

      derivativeTest(`${opCase.name}, first order${which}`, () => {
        const fed = { ...feeds, ...seedFeeds(seeds, values(), opCase.name) };
        const { byGradient, byDifference } = alongDirection(outputs, seeds, wrt, fed, opCase.name);
        expect(Math.abs(byGradient - byDifference)).toBeLessThan(
          differenceTolerance * Math.max(1, Math.abs(byDifference)),
        );
      });

      derivativeTest(`${opCase.name}, second order${which}`, () => {
        const fed = { ...feeds, ...seedFeeds(seeds, values(), opCase.name) };
        const grads = present(gradient(outputs, [...wrt.values()], seeds));
        const again = seedsFor('again', grads);
        const all = { ...fed, ...seedFeeds(again, interpret(grads, fed), `${opCase.name} again`) };
        const both = new Map([...wrt, ...present(seeds).map((seed, i) => [`seed${i}`, seed] as const)]);
        const { byGradient, byDifference } = alongDirection(grads, again, both, all, opCase.name);
        expect(Math.abs(byGradient - byDifference)).toBeLessThan(
          differenceTolerance * Math.max(1, Math.abs(byDifference)),
        );
      });

      if (!opCase.op.body) continue;
      test(`${opCase.name}: the gradient${which} is the body's`, () => {
        const fed = { ...feeds, ...seedFeeds(seeds, values(), opCase.name) };
        const inPlace = opCase.op.body?.(traced.inputs, opCase.sample.attributes) ?? [];
        const expected = gradient(inPlace, [...wrt.values()], seeds);
        const actual = gradient(outputs, [...wrt.values()], seeds);
        expect(actual.map((g) => g === null)).toEqual(expected.map((g) => g === null));
        const found = interpret(present(actual), fed);
        interpret(present(expected), fed).forEach((g, i) => expectClose(found[i], g, tolerance.exact, `gradient ${i}`));
      });
    }
  }
});

const caseCount = 3;

/** The feeds of a sample `caseCount` times, stacked along a new first axis; floats are other ones in every case. */
const stackedFeeds = (feeds: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, dtype, data }]) => {
      const cases = Array.from({ length: caseCount }, (_, i) =>
        Array.from(data, (x) => (dtype === 'float' ? x * (1 - i / 8) : x)),
      );
      return [name, value([caseCount, ...shape], cases.flat(), dtype)];
    }),
  );

describe('many cases at once', () => {
  for (const opCase of opCases.filter(({ op }) => op.loop?.batching)) {
    const { inputs, outputs } = trace(opCase);
    const feeds = feedsOf(opCase);
    const all = stackedFeeds(feeds);
    const someOf = Array.from({ length: 2 ** inputs.length - 1 }, (_, bits) =>
      inputs.flatMap((__, i) => (((bits + 1) >> i) % 2 === 1 ? [i] : [])),
    );
    for (const stackedInputs of someOf) {
      const isStacked = (i: number): boolean => stackedInputs.includes(i);
      const which = `input ${stackedInputs.join(', ')}`;
      const names = opCase.op.inputs.slice(0, inputs.length);
      const fed = Object.fromEntries(names.map((name, i) => [name, (isStacked(i) ? all : feeds)[name]]));
      const cases = inputs.map(({ shape, dtype }, i) =>
        isStacked(i) ? input(opCase.op.inputs[i], [caseCount, ...shape], dtype) : null,
      );
      const batched = applyBatched(outputs[0].node, cases);
      if (!batched) continue;
      test(`${opCase.name}: cases in ${which} give what each gives alone`, () => {
        const found = interpret(batched, fed);
        for (let k = 0; k < caseCount; k++) {
          const own = Object.entries(fed).map(([name, given], i) => {
            const { shape, dtype, data } = given;
            const size = data.length / caseCount;
            return [name, isStacked(i) ? value(shape.slice(1), data.slice(k * size, (k + 1) * size), dtype) : given];
          });
          interpret(outputs, Object.fromEntries(own)).forEach((expected, i) => {
            const { shape, dtype, data } = found[i];
            const size = data.length / caseCount;
            const actual = value(shape.slice(1), data.slice(k * size, (k + 1) * size), dtype);
            expectClose(actual, expected, tolerance.exact, `case ${k}, output ${i}`);
          });
        }
      });
    }
  }

  test('every op that broadcasts or goes along the last axis is known to', () => {
    const known = opRows.filter(({ loop }) => loop?.batching).map(({ name }) => name);
    expect(known).toEqual(
      expect.arrayContaining(['add', 'mul', 'sigmoid', 'tanh', 'softmax', 'matmul', 'split', 'where']),
    );
  });
});

describe('rows', () => {
  const rowwise = opCases.filter(({ op }) => op.loop?.isRowwise);

  for (const opCase of rowwise) {
    const { inputs, outputs } = trace(opCase);
    const { shape } = outputs[0];
    const isFull = inputs.map((tensor) => String(tensor.shape) === String(shape));
    if (shape.length === 0 || !inputs.every(({ rank }, i) => isFull[i] || rank < 2)) continue;
    const width = Number(shape[shape.length - 1]);

    test(`${opCase.name}: rows of any shape give what they give as a matrix`, () => {
      const feeds = feedsOf(opCase);
      const names = opCase.op.inputs.slice(0, inputs.length);
      const doubled = names.map((name, i) => {
        const given = feeds[name];
        if (!isFull[i]) return given;
        const data = Float64Array.of(...given.data, ...given.data);
        return value([data.length / width, width], data, given.dtype);
      });
      const rows = names.map((name, i) => input(name, doubled[i].shape, doubled[i].dtype));
      const shaped = rows.map((matrix, i) =>
        isFull[i] ? reshape(matrix, { shape: [2, Number(matrix.shape[0]) / 2, width] }) : matrix,
      );
      const made = apply(opCase.op, shaped, opCase.sample.attributes);
      const flat = onFlatRows(made[0].node);
      expect(flat?.map(String)).toEqual(made.map(String));
      const fed = Object.fromEntries(names.map((name, i) => [name, doubled[i]]));
      const found = interpret(flat ?? [], fed);
      interpret(made, fed).forEach((expected, i) => expectClose(found[i], expected, tolerance.exact, `output ${i}`));
    });
  }

  test('sums, activations, softmax and normalisation are computed on rows', () => {
    const known = new Set(rowwise.map(({ op }) => op.name));
    for (const name of ['add', 'mul', 'tanh', 'relu', 'softmax', 'layerNorm']) expect(known).toContain(name);
  });
});

/** Everything that is compared on an engine: outputs `y0` …, gradients `d…` of the float inputs. */
function readings(opCase: OpCase, traced: Traced): Record<string, Tensor> {
  const forward = Object.fromEntries(traced.outputs.map((output, i) => [`y${i}`, output]));
  if (!hasGradient(opCase, traced)) return forward;
  const wrt = floatInputs(opCase, traced);
  const names = [...wrt.keys()];
  const seeds = seedsFor('seed', seedChoices(traced.outputs)[0]);
  const grads = gradient(traced.outputs, [...wrt.values()], seeds).flatMap((g, i) =>
    g ? [[`d${names[i]}`, g] as const] : [],
  );
  return { ...forward, ...Object.fromEntries(grads) };
}

function expectEqualReadings(actual: Readonly<Record<string, Value>>, expected: Readonly<Record<string, Value>>): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, found] of Object.entries(actual)) {
    expectClose(found, expected[name], name.startsWith('d') ? tolerance.gradient : tolerance.output, name);
  }
}

function compute(
  tensors: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const names = Object.keys(tensors);
  return Object.fromEntries(interpret(Object.values(tensors), feeds).map((found, i) => [names[i], found]));
}

const backends: readonly Backend[] = [nodeBackend(), webBackend({ threads: 2 })];

for (const backend of backends) {
  describe(backend.name, () => {
    for (const opCase of opCases) {
      const traced = trace(opCase);
      const tensors = readings(opCase, traced);
      const forward = Object.fromEntries(Object.entries(tensors).filter(([name]) => name.startsWith('y')));
      const feeds = { ...feedsOf(opCase) };
      const seeds = seedsFor('seed', hasGradient(opCase, traced) ? seedChoices(traced.outputs)[0] : []);
      const fed = () => ({ ...feeds, ...seedFeeds(seeds, interpret(traced.outputs, feeds), opCase.name) });

      test(`${opCase.name}: results equal the reference`, async () => {
        expectEqualReadings(await runLowered(backend, forward, feeds), compute(forward, feeds));
      });

      if (Object.keys(tensors).length > Object.keys(forward).length) {
        test(`${opCase.name}: results and first gradient equal the reference`, async () => {
          expectEqualReadings(await runLowered(backend, tensors, fed()), compute(tensors, fed()));
        });
      }

      for (const name of opCase.op.body && backend === backends[0] ? Object.keys(tensors) : []) {
        test(`${opCase.name}: ${name} alone equals the reference`, async () => {
          const alone = { [name]: tensors[name] };
          expectEqualReadings(await runLowered(backend, alone, fed()), compute(alone, fed()));
        });
      }

      const symbols = possibleSymbols(opCase, (symbolic) => readings(opCase, symbolic));
      const named = [...symbols.values()].join(', ');
      if (symbols.size === 0) {
        const reason = withoutSymbols[opCase.name];
        if (reason) test.skip(`${opCase.name}, symbolic: ${reason}`, () => undefined);
        else test(`${opCase.name} has an axis that may be symbolic`, () => expect.fail('none, and no reason why'));
        continue;
      }
      test(`${opCase.name}: results and first gradient with ${named} symbolic equal the reference`, async () => {
        const symbolic = readings(opCase, trace(opCase, symbols));
        expectEqualReadings(await runLowered(backend, symbolic, fed()), compute(tensors, fed()));
      });
    }
  });
}

test('a case without a symbol is one whose reason is written down', () => {
  const found = opCases.filter((opCase) => symbolsOf(opCase).size === 0).map(({ name }) => name);
  expect(found).toEqual(Object.keys(withoutSymbols));
});

const symbolsOf = (opCase: OpCase): Symbols => possibleSymbols(opCase, (symbolic) => readings(opCase, symbolic));
