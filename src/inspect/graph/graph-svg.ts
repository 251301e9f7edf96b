import { constantValue, inputName, type Tensor, topological } from '../../graph/index.ts';
import { escapeMarkup } from '../markup.ts';
import { fontStack } from '../page/font.ts';
import { layeredLayout } from './layered-layout.ts';

/** A node of a picture: its label, the small text below it, and the earlier nodes that it reads. */
export interface PictureNode {
  readonly label: string;
  readonly detail?: string;
  readonly kind: 'input' | 'op' | 'output';
  readonly inputs: readonly number[];
}

/**
 * The nodes of a traced graph as drawn: inputs with their shapes, ops with the shape of their result, outputs by name.
 * Constant numbers appear in the label of the op that reads them.
 */
export function pictureNodes(outputs: Readonly<Record<string, Tensor>>): PictureNode[] {
  const nodes: PictureNode[] = [];
  const index = new Map<Tensor, number>();
  for (const node of topological(Object.values(outputs))) {
    const [first] = node.outputs;
    if (isNumber(first)) continue;
    const name = inputName(first);
    const numbers = node.inputs.filter(isNumber).map((tensor) => String(constantValue(tensor)?.data[0]));
    node.outputs.forEach((output) => index.set(output, nodes.length));
    nodes.push({
      label: name ?? [node.op.name, ...numbers].join(' '),
      detail: first.toString().replace('float ', ''),
      kind: name === null ? 'op' : 'input',
      inputs: node.inputs.flatMap((tensor) => index.get(tensor) ?? []),
    });
  }
  for (const [label, tensor] of Object.entries(outputs)) {
    nodes.push({ label, kind: 'output', inputs: [index.get(tensor)].filter((at) => at !== undefined) });
  }
  return nodes;
}

const isNumber = (tensor: Tensor): boolean => constantValue(tensor)?.data.length === 1;

const rowHeight = 62;
const boxHeight = 38;
const margin = 12;

/**
 * A graph as a self-contained SVG element, inputs above, outputs below; it follows the reader's light or dark setting.
 *
 * Takes the nodes of {@link pictureNodes} or your own, each after all nodes that it reads.
 */
export function graphSvg(nodes: readonly PictureNode[], label = `A graph of ${nodes.length} nodes`): string {
  const widths = nodes.map((node) => Math.max(textWidth(node.label, 14), textWidth(node.detail ?? '', 11)) + 24);
  const layout = layeredLayout({ inputs: nodes.map(({ inputs }) => inputs), widths });
  const width = Math.ceil(layout.width) + 2 * margin;
  const height = (layout.layers - 1) * rowHeight + boxHeight + 2 * margin;
  const x = (at: number): number => round(at + margin);
  const top = (layer: number): number => margin + layer * rowHeight;
  const edges = layout.edges.map(({ from, to, bends }) => {
    const points = bends.map((bend) => [x(bend.x), top(bend.layer), top(bend.layer) + boxHeight] as const);
    let path = `M${x(layout.x[from])} ${top(layout.layer[from]) + boxHeight}`;
    let y = top(layout.layer[from]) + boxHeight;
    let last = x(layout.x[from]);
    for (const [px, enter, leave] of [...points, [x(layout.x[to]), top(layout.layer[to]), 0] as const]) {
      const middle = (y + enter) / 2;
      path += `C${last} ${middle} ${px} ${middle} ${px} ${enter}`;
      if (leave > enter) path += `V${leave}`;
      [y, last] = [leave, px];
    }
    return `<path d="${path}"/>`;
  });
  const boxes = nodes.map((node, i) => box(node, x(layout.x[i]), top(layout.layer[i]), widths[i]));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" aria-label="${escapeMarkup(label)}" ` +
      `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<style>${style}</style>`,
    `<g class="edges" fill="none">${edges.join('')}</g>`,
    ...boxes,
    '</svg>',
  ].join('\n');
}

function box({ label, detail, kind }: PictureNode, x: number, top: number, width: number): string {
  const middle = top + boxHeight / 2;
  const lines = detail
    ? `<text x="${x}" y="${middle - 2}">${escapeMarkup(label)}</text><text class="detail" x="${x}" y="${middle + 12}">${escapeMarkup(detail)}</text>`
    : `<text x="${x}" y="${middle + 5}">${escapeMarkup(label)}</text>`;
  const corner = kind === 'op' ? 6 : boxHeight / 2;
  const rect = `<rect x="${round(x - width / 2)}" y="${top}" width="${round(width)}" height="${boxHeight}" rx="${corner}"/>`;
  return `<g class="${kind}">${rect}${lines}</g>`;
}

const style =
  `.graph{--paper:#fff;--ink:#1d1c22;--quiet:#6a6875;--line:#b9b5c4;--tint:#ecebfa;--strong:#3f3aa8}` +
  `@media(prefers-color-scheme:dark){.graph{--paper:#1f1e26;--ink:#eceaf3;--quiet:#a19eae;--line:#5d5a6b;--tint:#2d2b45;--strong:#a9a4ff}}` +
  `.graph text{font:14px ${fontStack.replaceAll('"', "'")};text-anchor:middle;fill:var(--ink)}.graph .detail{font-size:11px;fill:var(--quiet)}` +
  `.graph rect{fill:var(--paper);stroke:var(--line)}.graph .input rect{fill:var(--tint);stroke:none}` +
  `.graph .output rect{fill:var(--paper);stroke:var(--strong);stroke-width:2}.graph .edges{stroke:var(--line);stroke-width:1.4}`;

/** A character takes about this share of the font size. */
const textWidth = (text: string, size: number): number => [...text].length * size * 0.56;

const round = (x: number): number => Math.round(x * 10) / 10;
