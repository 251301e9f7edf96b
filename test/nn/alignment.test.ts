import { describe, expect, test } from 'vitest';
import { input, reshape, type Tensor } from '../../src/graph/index.ts';
import {
  type AlignmentScore,
  type AlignmentScoreName,
  align,
  alignmentKeys,
  alignmentScores,
  Trace,
} from '../../src/nn/index.ts';
import { cast, concat, linear, tanh } from '../../src/ops/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { expectGolden, type GoldenCase, goldenCases, goldenSettings, type TracedCase } from './golden-case.ts';

const cases = await goldenCases('attention_classic', (parameters) => parameters);
const settings = await goldenSettings<{ readonly kind: string; readonly formula: string }>('attention_classic');

/** Half the width of a window, D, of which the formula says half: `sigma = D/2 = 1`. */
const windowOf = (name: string): number => 2 * Number(/sigma = D\/2 = ([\d.]+)/.exec(settings[name].formula)?.[1] ?? 1);

const scoreOf = (name: string): AlignmentScoreName =>
  name.startsWith('bahdanau') ? 'additive' : name === 'luong_local_p' ? 'local' : (name.slice(6) as AlignmentScoreName);

/** The paper's first form has no bₐ: the same score with no such parameter. */
const withoutBias: AlignmentScore = {
  ...alignmentScores.additive,
  keys: (scope, { memory: width, inner }, memory) =>
    linear(
      memory,
      scope.parameter('U_a', [inner, width], () => new Float32Array()),
    ),
};

function trace(name: string, { inputs: given, parameters, float32 }: GoldenCase): TracedCase {
  const trace = new Trace();
  const inputs = Object.fromEntries(
    Object.entries(given).map(([key, { shape, dtype }]) => [key, input(key, shape, dtype)]),
  );
  const [batch, query] = given.s.shape;
  const [, source, memory] = given.h.shape;
  const inner = (parameters.v_a ?? parameters.v_p)?.shape[0] ?? 1;
  const score = name === 'bahdanau' ? withoutBias : scoreOf(name);
  const config = { score, query, memory, inner, window: windowOf(name) };
  const mask = reshape(cast(inputs.mask, { dtype: 'float' }), { shape: [batch, 1, source] });
  const state = reshape(inputs.s, { shape: [batch, 1, query] });
  const keys = alignmentKeys(trace.root, config, inputs.h);
  const { context, weights } = align(trace.root, config, state, { keys, memory: inputs.h, mask });
  const flat = (x: Tensor) => reshape(x, { shape: [batch, x.shape[2]] });
  const outputs: Record<string, Tensor> = { alpha: flat(weights), context: flat(context) };
  if (float32['out/h_tilde']) {
    const width = float32['out/h_tilde'].shape[1];
    const w = trace.root.parameter('W_c', [width, memory + query], () => new Float32Array());
    outputs.h_tilde = tanh(linear(concat([flat(context), inputs.s], { axis: 1 }), w));
  }
  const positions = trace.taps.get('alignment_positions');
  if (positions) outputs.p_t = reshape(positions, { shape: [batch] });
  const named = Object.fromEntries([...trace.parameters].map(([key, { tensor }]) => [key, tensor]));
  return { inputs, outputs, parameters: named };
}

const seedsFor = ({ outputs }: TracedCase) =>
  Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, input(`cot/${name}`, shape)]));

describe('attention before the Transformer', () => {
  test('every case of the golden is tested', () =>
    expect([...cases.keys()].sort()).toEqual(Object.keys(settings).sort()));

  test.each([...cases])(
    '%s: float64 gives what the papers’ formulas give, gradients included',
    async (name, golden) => {
      const traced = trace(name, golden);
      await expectGolden(golden, traced, seedsFor(traced));
    },
  );

  for (const backend of [nodeBackend(), webBackend({ threads: 1 })]) {
    test.each([...cases])(`%s: ${backend.name} gives the same`, async (name, golden) => {
      const traced = trace(name, golden);
      await expectGolden(golden, traced, seedsFor(traced), backend);
    });
  }
});
