/** Golden cases whose layer is a plain function of inputs and parameters. */
import { describe, expect, test } from 'vitest';
import { input, type Tensor } from '../../src/graph/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { type Bound, expectGolden, type GoldenCase, goldenCases, type TracedCase } from '../nn/golden-case.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** Outputs of a case by name, from its inputs and parameters by name. */
export type CaseFunction = (inputs: Tensors, parameters: Tensors) => Tensors;

function traceCase({ inputs, parameters }: GoldenCase, apply: CaseFunction): TracedCase {
  const given = (values: GoldenCase['inputs']) =>
    Object.fromEntries(Object.entries(values).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]));
  const traced = { inputs: given(inputs), parameters: given(parameters) };
  return { ...traced, outputs: apply(traced.inputs, traced.parameters) };
}

/** Tests every case of a topic, in float64 and on an engine; `elsewhere` says why a case is not among `functions`. */
export async function testGoldenFunctions(
  topic: string,
  functions: Readonly<Record<string, CaseFunction>>,
  elsewhere: Readonly<Record<string, string>>,
  looser: Readonly<Record<string, Partial<Bound>>> = {},
): Promise<void> {
  const cases = await goldenCases(topic, (parameters) => parameters);

  test('every golden case is tested here, or it is said why not', () => {
    expect([...Object.keys(functions), ...Object.keys(elsewhere)].sort()).toEqual([...cases.keys()].sort());
  });

  describe.each(Object.entries(functions))('%s', (name, apply) => {
    const golden = cases.get(name);
    if (!golden) return;
    const traced = traceCase(golden, apply);
    const seeds = Object.fromEntries(
      Object.entries(traced.outputs).map(([output, { shape }]) => [output, input(`cot/${output}`, shape)]),
    );

    test('float64 gives what PyTorch gives, gradients included', () =>
      expectGolden(golden, traced, seeds, undefined, looser[name]));

    test('an engine gives what PyTorch gives, gradients included', () =>
      expectGolden(golden, traced, seeds, nodeBackend(), looser[name]));
  });
}
