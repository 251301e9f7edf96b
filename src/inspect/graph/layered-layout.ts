/** A directed acyclic graph: `inputs[i]` are the nodes that node i reads, all of them earlier. */
export interface LayoutGraph {
  readonly inputs: readonly (readonly number[])[];
  readonly widths: readonly number[];
}

/** Positions: `x` is the middle of a node, `layer` counts from the top, edges bend at the given points. */
export interface Layout {
  readonly x: readonly number[];
  readonly layer: readonly number[];
  readonly width: number;
  readonly layers: number;
  readonly edges: readonly {
    readonly from: number;
    readonly to: number;
    readonly bends: readonly { readonly x: number; readonly layer: number }[];
  }[];
}

/** Width of the gap for a long edge that crosses a layer. */
const laneWidth = 14;
const gap = 16;
/** Passes over the layers; positions spread a layer further in each. */
const orderSweeps = 24;
const placeSweeps = 100;

/** A slot in a layer: a node, or a long edge that crosses it. */
interface Slot {
  readonly layer: number;
  readonly width: number;
  /** Neighbours in the layers above and below. */
  readonly above: Slot[];
  readonly below: Slot[];
  x: number;
}

/**
 * Layers from the top, each node below all nodes that it reads, with few crossings and straight edges.
 *
 * Source: Sugiyama, Tagawa & Toda 1981: layers, barycentres, then positions; a long edge is a chain of slots.
 */
export function layeredLayout({ inputs, widths }: LayoutGraph): Layout {
  const layer = layersOf(inputs);
  const count = Math.max(...layer) + 1;
  const slots = layer.map((at, i): Slot => ({ layer: at, width: widths[i], above: [], below: [], x: 0 }));
  const rows = Array.from({ length: count }, (): Slot[] => []);
  const lanes = new Map<string, Slot>();
  const link = (upper: Slot, lower: Slot) => {
    if (upper.below.includes(lower)) return;
    upper.below.push(lower);
    lower.above.push(upper);
  };
  const edges = inputs.flatMap((sources, to) =>
    sources.map((from) => {
      const bends: Slot[] = [];
      for (let at = layer[from] + 1; at < layer[to]; at++) {
        const key = `${from} ${at}`;
        const lane = lanes.get(key) ?? { layer: at, width: laneWidth, above: [], below: [], x: 0 };
        if (!lanes.has(key)) rows[at].push(lane);
        lanes.set(key, lane);
        link(bends.at(-1) ?? slots[from], lane);
        bends.push(lane);
      }
      link(bends.at(-1) ?? slots[from], slots[to]);
      return { from, to, bends };
    }),
  );
  for (const slot of slots) rows[slot.layer].push(slot);
  order(rows);
  for (let sweep = 0; sweep < placeSweeps; sweep++) {
    const downwards = sweep % 2 === 0;
    for (const row of downwards ? rows : rows.toReversed()) {
      place(row, (slot) => weightedMean(slot, [...slot.above, ...slot.below]));
    }
  }
  const all = rows.flat();
  const left = Math.min(...all.map(({ x, width }) => x - width / 2));
  for (const slot of all) slot.x -= left;
  return {
    x: slots.map(({ x }) => x),
    layer,
    layers: count,
    edges,
    width: Math.max(...all.map(({ x, width }) => x + width / 2)),
  };
}

/** The length of the longest path from a source; a source itself is placed just above its first reader. */
function layersOf(inputs: LayoutGraph['inputs']): number[] {
  const layer: number[] = [];
  for (const sources of inputs) layer.push(Math.max(-1, ...sources.map((from) => layer[from])) + 1);
  inputs.forEach((sources, i) => {
    if (sources.length > 0) return;
    const readers = inputs.flatMap((others, to) => (others.includes(i) ? [layer[to]] : []));
    layer[i] = Math.max(0, Math.min(...readers) - 1);
  });
  const top = Math.min(...layer);
  return layer.map((at) => at - top);
}

const mean = (numbers: readonly number[]): number | undefined =>
  numbers.length === 0 ? undefined : numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** How straight an edge should be, by how many of its ends are lanes. Source: Gansner et al. 1993, section 4.2. */
const straightness = [1, 2, 8];

/** The preferred position of a slot, given its neighbours. */
function weightedMean(slot: Slot, neighbours: readonly Slot[]): number {
  const isLane = ({ width }: Slot): number => Number(width === laneWidth);
  let [sum, total] = [0, 0];
  for (const other of neighbours) {
    const weight = straightness[isLane(slot) + isLane(other)];
    sum += weight * other.x;
    total += weight;
  }
  return total === 0 ? slot.x : sum / total;
}

/** Sorts each layer by the mean position of its neighbours, alternately downwards and upwards. */
function order(rows: Slot[][]): void {
  const settle = (row: Slot[]) => {
    row.forEach((slot, i) => {
      slot.x = i - row.length / 2;
    });
  };
  rows.forEach(settle);
  for (let sweep = 0; sweep < orderSweeps; sweep++) {
    const downwards = sweep % 2 === 0;
    for (const row of downwards ? rows : rows.toReversed()) {
      const wish = new Map(
        row.map((slot) => [slot, mean((downwards ? slot.above : slot.below).map(({ x }) => x)) ?? slot.x]),
      );
      row.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
      settle(row);
    }
  }
}

/** Moves each slot of a row as close to its preferred x as order and widths allow: least squares, by merging blocks. */
function place(row: readonly Slot[], wish: (slot: Slot) => number): void {
  let offset = 0;
  const offsets = row.map((slot, i) => {
    offset += i === 0 ? 0 : (row[i - 1].width + slot.width) / 2 + gap;
    return offset;
  });
  const blocks: { sum: number; slots: number[] }[] = [];
  row.forEach((slot, i) => {
    let block = { sum: wish(slot) - offsets[i], slots: [i] };
    for (
      let last = blocks.at(-1);
      last && last.sum / last.slots.length >= block.sum / block.slots.length;
      last = blocks.at(-1)
    ) {
      blocks.pop();
      block = { sum: last.sum + block.sum, slots: [...last.slots, ...block.slots] };
    }
    blocks.push(block);
  });
  for (const { sum, slots } of blocks) for (const i of slots) row[i].x = sum / slots.length + offsets[i];
}
