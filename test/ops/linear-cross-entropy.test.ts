import { expect, test } from 'vitest';
import { gradient, input, interpret, type Tensor, value } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { readModel } from '../../src/onnx/read-model.ts';
import { linearCrossEntropy } from '../../src/ops/index.ts';
import { capiBackend } from '../../src/runtime/node/capi.ts';
import { drawFloats } from './draw.ts';
import { runLowered } from './engine.ts';
import { expectClose, tolerance } from './tolerance.ts';

const classes = 5;

function head(width: number): Record<string, Tensor> {
  const [x, w, b] = [input('x', ['chunks', 'rows', width]), input('w', [classes, width]), input('b', [classes])];
  const loss = linearCrossEntropy(x, w, b, input('labels', ['chunks', 'rows'], 'int32'), 0.25, { labelSmoothing: 0.1 });
  const [dx, dw, db] = gradient(loss, [x, w, b]) as Tensor[];
  return { loss, dx, dw, db };
}

/** The product of the logits: the first in the loop's body. */
function logitsProduct(width: number) {
  const scan = readModel(lower(head(width)).bytes).graph.nodes.find(({ type }) => type === 'Scan');
  return scan?.bodies[0].nodes.find(({ type }) => type === 'Gemm');
}

test.each([
  [512, 'a column of the weights', 2],
  [513, 'added by the product', 3],
])('of rows %i wide, the bias is %s, and loss and gradients equal the reference', async (width, _, operands) => {
  expect(logitsProduct(width)?.inputs).toHaveLength(operands);
  const feeds = {
    x: value([2, 2, width], drawFloats('x', 4 * width)),
    w: value(
      [classes, width],
      drawFloats('w', classes * width).map((each) => each / width),
    ),
    b: value([classes], drawFloats('b', classes)),
    labels: value([2, 2], [1, 4, -100, 0], 'int32'),
  };
  const outputs = head(width);
  const expected = interpret(Object.values(outputs), feeds);
  const made = await runLowered(capiBackend(), outputs, feeds);
  Object.keys(outputs).forEach((name, i) => expectClose(made[name], expected[i], tolerance.output, name));
});
