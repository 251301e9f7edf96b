/** What the graph of a step leaves out. */
import { expect, test } from 'vitest';
import { startGraph, stepGraph } from '../../src/decode/step/graph.ts';
import { type Tensor, topological } from '../../src/graph/index.ts';
import type { SequenceToSequenceModel } from '../../src/models/body/decoder.ts';
import { reduceMax } from '../../src/ops/index.ts';
import { forms } from '../models/conformance.ts';
import { schemeNames, tinySeq2Seq } from '../models/tiny-transformer.ts';

const rules = { normalized: 'after', candidates: 2, showsAttention: true, drawn: 'none', changes: false } as const;

const models: [string, SequenceToSequenceModel][] = [
  ...schemeNames.map((name): [string, SequenceToSequenceModel] => [`${name} positions`, tinySeq2Seq(name).model]),
  ...forms.flatMap(({ name, setup }): [string, SequenceToSequenceModel][] =>
    setup.role === 'sequence-to-sequence' ? [[name, setup.model]] : [],
  ),
];

/** The tensors of which each row is checked for a key that it may attend to. */
const checked = (outputs: Readonly<Record<string, Tensor>>) =>
  topological(Object.values(outputs)).flatMap(({ op, inputs: [mask] }) =>
    op === reduceMax.op && mask !== undefined ? [String(mask)] : [],
  );

test.each(models)('%s: a step does not check for attention that sees nothing', (_, model) => {
  const { outputs } = stepGraph(model, startGraph(model).state, rules);
  expect(checked(outputs)).toEqual([]);
});
