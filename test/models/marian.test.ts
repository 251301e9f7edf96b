import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { interpret, value } from '../../src/graph/index.ts';
import { check } from '../../src/io/check.ts';
import { readText } from '../../src/io/folder.ts';
import { parseJson } from '../../src/io/json.ts';
import { inRole } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import { forward, forwardGraph, forwardInputs } from '../../src/models/forward.ts';
import type { Backend } from '../../src/runtime/backend.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { goldenFolder, largestDifference, largestEntry, readTensors, withPrefix } from './golden.ts';

const folder = goldenFolder('models/marian');
const cases = check(
  z.looseObject({
    cases: z.record(
      z.string(),
      z.looseObject({
        loss: z.number().optional(),
        loss_float64: z.number().optional(),
        zero_grad_params: z.array(z.string()).default([]),
      }),
    ),
  }),
  parseJson(await readText(folder, 'cases.json'), 'cases.json'),
  'cases.json',
).cases;
const golden = await readTensors(folder, 'cases.safetensors');
const loaded = inRole(await loadModel(folder), 'sequence-to-sequence', 'marian');

/** Bounds of float32 against the reference's float32: see the golden files' README. */
const bound = { output: 2e-5, attention: 5e-6, loss: 1e-5 };

const engines: readonly Backend[] = [nodeBackend(), webBackend({ threads: 1 })];

describe.each(engines)('Marian on $name', (backend) => {
  test.each(Object.keys(cases))('case %s: outputs, loss and gradients are those of Transformers', async (name) => {
    const expected = withPrefix(golden, `${name}/out/`);
    const gradients = withPrefix(golden, `${name}/grad/`);
    const actual = await forward(loaded, withPrefix(golden, `${name}/in/`), backend, { gradients: gradients.size > 0 });
    const { loss, zero_grad_params: zeroGradients } = cases[name];
    const outputs = [...actual.keys()].filter((key) => key !== 'loss' && !key.startsWith('grad/'));
    expect(outputs.sort()).toEqual([...expected.keys()].filter((key) => key !== 'loss').sort());
    for (const key of outputs) {
      const limit = key.includes('attentions') ? bound.attention : bound.output;
      expect(largestDifference(actual.get(key)!, expected.get(key)!, key), key).toBeLessThan(limit);
    }
    expect(actual.has('loss')).toBe(loss !== undefined);
    if (loss !== undefined) expect(Math.abs(Number(actual.get('loss')!.data[0]) - loss)).toBeLessThan(bound.loss);
    expect([...withPrefix(actual, 'grad/').keys()].sort()).toEqual([...gradients.keys()].sort());
    for (const [key, g] of gradients) {
      const found = actual.get(`grad/${key}`)!;
      if (zeroGradients.includes(key)) expect(largestEntry(found), key).toBeLessThan(1e-6);
      else expect(largestDifference(found, g, key), key).toBeLessThan(1e-6 + 2e-5 * largestEntry(g));
    }
  });
});

test('in float64 the loss of a padded batch is that of PyTorch in float64', () => {
  const feeds = forwardInputs(withPrefix(golden, 'padded/in/'), loaded);
  const { loss } = forwardGraph(loaded, { hasLabels: true });
  const shapes = modelParameters(loaded);
  const parameters = [...loaded.parameters].map(([name, data]) => [name, value(shapes.get(name)?.shape ?? [], data)]);
  const fed = Object.entries(feeds).map(([name, tensor]) => {
    const { data, shape } = tensor;
    return [name, data instanceof Int32Array ? value(shape, data, 'int32') : value(shape, Array.from(data, Number))];
  });
  const [found] = interpret([loss], { ...Object.fromEntries(parameters), ...Object.fromEntries(fed) });
  // The reference keeps its sinusoids in float32, so the last digits differ.
  expect(Math.abs(found.data[0] - (cases.padded.loss_float64 ?? Number.NaN))).toBeLessThan(1e-7);
});
