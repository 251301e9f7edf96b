import { describe, expect, test } from 'vitest';
import { add, gradient, input, mul, sum } from '../../src/graph/index.ts';
import { graphSvg, pictureNodes } from '../../src/inspect/graph/graph-svg.ts';
import { layeredLayout } from '../../src/inspect/graph/layered-layout.ts';
import { tanh } from '../../src/ops/index.ts';

const x = input('x', ['batch', 4]);
const w = input('w<1>', [4]);
const loss = sum(mul(tanh(mul(x, w)), add(x, 0.5)), { axes: [0, 1] });
const [dw] = gradient(loss, [w]);
const nodes = pictureNodes(dw ? { loss, dw } : { loss });

describe('a graph as a picture', () => {
  test('shows inputs with shapes, ops with the numbers they read, outputs by name', () => {
    expect(nodes.find(({ label }) => label === 'x')).toMatchObject({ kind: 'input', detail: '[batch, 4]', inputs: [] });
    expect(nodes.some(({ label, kind }) => label === 'add 0.5' && kind === 'op')).toBe(true);
    expect(nodes.slice(-2)).toMatchObject([
      { label: 'loss', kind: 'output' },
      { label: 'dw', kind: 'output' },
    ]);
  });

  test('has every node after what it reads, as the layout asks', () => {
    nodes.forEach(({ inputs }, i) => expect(inputs.every((at) => at < i)).toBe(true));
  });

  test('escapes names and has one box a node and one path an edge', () => {
    const svg = graphSvg(nodes);
    expect(svg).toContain('w&lt;1&gt;');
    expect(svg.match(/<rect /g)).toHaveLength(nodes.length);
    expect(svg.match(/<path /g)).toHaveLength(nodes.flatMap(({ inputs }) => inputs).length);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('layers', () => {
  const widths = nodes.map(({ label }) => 40 + 5 * label.length);
  const layout = layeredLayout({ inputs: nodes.map(({ inputs }) => inputs), widths });

  test('every node is below all that it reads', () => {
    nodes.forEach(({ inputs }, i) => {
      for (const from of inputs) expect(layout.layer[from]).toBeLessThan(layout.layer[i]);
    });
  });

  test('nodes of a layer do not touch, and all lie inside', () => {
    nodes.forEach((_, i) => {
      expect(layout.x[i] - widths[i] / 2).toBeGreaterThanOrEqual(-1e-9);
      expect(layout.x[i] + widths[i] / 2).toBeLessThanOrEqual(layout.width + 1e-9);
      nodes.forEach((_, j) => {
        if (j <= i || layout.layer[i] !== layout.layer[j]) return;
        expect(Math.abs(layout.x[i] - layout.x[j])).toBeGreaterThan((widths[i] + widths[j]) / 2);
      });
    });
  });

  test('a long edge passes every layer between its ends once', () => {
    for (const { from, to, bends } of layout.edges) {
      const passed = Array.from(
        { length: layout.layer[to] - layout.layer[from] - 1 },
        (_, k) => layout.layer[from] + 1 + k,
      );
      expect(bends.map(({ layer }) => layer)).toEqual(passed);
    }
  });
});
