/** The figures of docs/how-the-engine-works.md are drawn by the code that they show. */
import { expect, test } from 'vitest';
import { gradient, input, simplify, sum, type Tensor } from '../../src/graph/index.ts';
import { graphSvg, type PictureNode, pictureNodes } from '../../src/inspect/graph/graph-svg.ts';
import { lower } from '../../src/onnx/index.ts';
import { readModel } from '../../src/onnx/read-model.ts';
import { linear, square, sub, tanh } from '../../src/ops/index.ts';

const x = input('x', ['batch', 3]);
const w = input('w', [1, 3]);
const b = input('b', [1]);
const target = input('target', ['batch', 1]);
const loss = sum(square(sub(tanh(linear(x, w, b)), target)), { axes: [0, 1] });
const [dw, db] = gradient(loss, [w, b]) as [Tensor, Tensor];

/** The operators of an ONNX model; constants that the model stores are left out. */
function operators(bytes: Uint8Array): PictureNode[] {
  const { graph } = readModel(bytes);
  const nodes: PictureNode[] = graph.inputs.map((label) => ({ label, kind: 'input', inputs: [] }));
  const index = new Map(graph.inputs.map((name, i) => [name, i]));
  for (const { type, inputs, outputs } of graph.nodes) {
    for (const name of outputs) index.set(name, nodes.length);
    nodes.push({ label: type, kind: 'op', inputs: inputs.flatMap((name) => index.get(name) ?? []) });
  }
  const results: PictureNode[] = graph.outputs.map((label) => ({
    label,
    kind: 'output',
    inputs: [index.get(label)].filter((at) => at !== undefined),
  }));
  return [...nodes, ...results];
}

const figures: Record<string, () => string> = {
  graph: () => graphSvg(pictureNodes({ loss }), 'The graph of the loss'),
  gradient: () => graphSvg(pictureNodes({ dw, db }), 'The graph of both gradients'),
  lowered: () => graphSvg(operators(lower({ loss, dw, db }).bytes), 'ONNX operators of the loss and both gradients'),
};

test.each(Object.keys(figures))(
  'docs/figures/%s.svg is what the code draws; `npm run docs:figures` writes it',
  async (name) => {
    await expect(`${figures[name]()}\n`).toMatchFileSnapshot(`../../docs/figures/${name}.svg`);
  },
);

test('the simplified graph, the picture of which is that of its operators, has fewer nodes', () => {
  expect(pictureNodes({ loss, dw, db }).length).toBeGreaterThan(simplify([loss, dw, db]).length);
});
