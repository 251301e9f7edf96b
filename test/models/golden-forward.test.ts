/** Outputs, hidden states, attentions, losses and gradients are those of Transformers, for every model there is. */
import { describe, expect, test } from 'vitest';
import { interpret, value } from '../../src/graph/index.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { forward, forwardGraph, forwardInputs } from '../../src/models/forward.ts';
import type { Backend } from '../../src/runtime/backend.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { float32Data, type Tensor } from '../../src/weights/tensor.ts';
import { largestDifference, largestEntry, textOnly, withPrefix } from './golden.ts';
import { comparesTextOnly, goldenModel, goldenModels } from './golden-model.ts';

/** Bounds of float32 against the reference's float32: see the golden files' README. */
const bound = { output: 2e-5, attention: 5e-6, loss: 1e-5 };

const engines: readonly Backend[] = [nodeBackend(), webBackend({ threads: 1 })];

const layered = /^(hidden_states|attentions)\./;

describe.each(goldenModels)('%s', async (model) => {
  const { loaded, architecture, cases, of } = await goldenModel(model);

  test('is the class that wrote it', () => expect(loaded.architecture).toBe(architecture));

  describe.each(engines)('on $name', (backend) => {
    const evaluated = Object.keys(cases).filter((name) => cases[name]?.mode === 'eval');
    test.each(evaluated)('gives what Transformers gives for the case %s', async (name) => {
      const [expected, gradients] = [of(name, 'out'), of(name, 'grad')];
      const actual = await forward(loaded, of(name, 'in'), backend, { gradients: gradients.size > 0 });
      const { loss, zero_grad_params: zeroGradients, zero_grad_slices: slices } = cases[name];
      const mask = of(name, 'in').get('attention_mask');
      const compared = (key: string, tensor: Tensor) =>
        mask && comparesTextOnly(cases[name], key) ? textOnly(tensor, mask) : tensor;
      // Some cases store no hidden states or no attentions.
      const isStored = (key: string) => !layered.test(key) || expected.has(key.replace(/\d+$/, '0'));
      const outputs = [...actual.keys()].filter((key) => key !== 'loss' && !key.startsWith('grad/') && isStored(key));
      expect(outputs.sort()).toEqual([...expected.keys()].filter((key) => key !== 'loss').sort());
      for (const key of outputs) {
        const limit = key.includes('attentions') ? bound.attention : bound.output;
        const [found, wanted] = [compared(key, actual.get(key)!), compared(key, expected.get(key)!)];
        expect(largestDifference(found, wanted, key), key).toBeLessThan(limit);
      }
      expect(actual.has('loss')).toBe(loss !== undefined);
      if (loss !== undefined) expect(Math.abs(Number(actual.get('loss')!.data[0]) - loss)).toBeLessThan(bound.loss);
      expect([...withPrefix(actual, 'grad/').keys()].sort()).toEqual([...gradients.keys()].sort());
      for (const [key, g] of gradients) {
        const found = actual.get(`grad/${key}`)!;
        if (zeroGradients.includes(key)) expect(largestEntry(found), key).toBeLessThan(1e-6);
        else expect(largestDifference(found, g, key), key).toBeLessThan(1e-6 + 2e-5 * largestEntry(g));
        const [from, to] = slices[key] ?? [0, 0];
        for (const x of float32Data(found, key).subarray(from, to)) expect(Math.abs(x), key).toBeLessThan(1e-6);
      }
    });
  });

  const [first = ''] = Object.keys(cases);
  test.runIf(cases[first]?.loss_float64)(
    'in float64 has the loss of a padded batch that PyTorch has in float64',
    () => {
      const feeds = forwardInputs(of(first, 'in'), loaded);
      const { loss } = forwardGraph(loaded, { hasLabels: true });
      const shapes = modelParameters(loaded);
      const parameters = [...loaded.parameters].map(([name, data]) => [
        name,
        value(shapes.get(name)?.shape ?? [], data),
      ]);
      const fed = Object.entries(feeds).map(([name, { data, shape }]) => [
        name,
        data instanceof Int32Array ? value(shape, data, 'int32') : value(shape, Array.from(data, Number)),
      ]);
      const [found] = interpret([loss], { ...Object.fromEntries(parameters), ...Object.fromEntries(fed) });
      // Marian's reference keeps its sinusoids in float32, and scales are fed in float32, so the last digits differ.
      const loss64 = cases[first]?.loss_float64 ?? Number.NaN;
      expect(Math.abs(found.data[0] - loss64)).toBeLessThan(Math.max(3e-7, 2 ** -24 * loss64));
    },
  );
});
