/** Golden cases whose layer is a plain function of inputs and parameters. */
import { describe, expect, test } from 'vitest';
import { input, type Tensor } from '../../src/graph/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import {
  type Bound,
  expectGolden,
  type GoldenCase,
  goldenCases,
  goldenSettings,
  type TracedCase,
} from '../nn/golden-case.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** Outputs of a case by name, from its inputs and parameters by name and from what the golden's JSON says of it. */
export type CaseFunction<S> = (inputs: Tensors, parameters: Tensors, settings: S) => Tensors;

function traceCase<S>({ inputs, parameters }: GoldenCase, apply: CaseFunction<S>, settings: S): TracedCase {
  const given = (values: GoldenCase['inputs']) =>
    Object.fromEntries(Object.entries(values).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]));
  const traced = { inputs: given(inputs), parameters: given(parameters) };
  return { ...traced, outputs: apply(traced.inputs, traced.parameters, settings) };
}

/** Tests every case of a topic, in float64 and on an engine; `elsewhere` says why a case is not among `functions`. */
export async function testGoldenFunctions<S>(
  topic: string,
  functions: Readonly<Record<string, CaseFunction<S>>>,
  elsewhere: Readonly<Record<string, string>>,
  looser: Readonly<Record<string, Partial<Bound>>> = {},
): Promise<void> {
  const cases = await goldenCases(topic, (parameters) => parameters);
  const settings = await goldenSettings<S>(topic);

  test('every golden case is tested here, or it is said why not', () => {
    expect([...Object.keys(functions), ...Object.keys(elsewhere)].sort()).toEqual([...cases.keys()].sort());
  });

  describe.each(Object.entries(functions))('%s', (name, apply) => {
    const golden = cases.get(name);
    if (!golden) return;
    const traced = traceCase(golden, apply, settings[name]);
    const seeds = Object.fromEntries(
      Object.entries(traced.outputs).map(([output, { shape }]) => [output, input(`cot/${output}`, shape)]),
    );

    test('float64 gives what PyTorch gives, gradients included', () =>
      expectGolden(golden, traced, seeds, undefined, looser[name]));

    test('an engine gives what PyTorch gives, gradients included', () =>
      expectGolden(golden, traced, seeds, nodeBackend(), looser[name]));
  });
}
