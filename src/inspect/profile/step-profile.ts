import type { NodePlace } from '../../onnx/node-place.ts';
import type { NodeEvent, RecordedRun, RecordedValue } from '../../runtime/backend.ts';
import { type Kind, kindNames, kindOf } from './kind.ts';
import type { LayerOf } from './layer.ts';
import { flopsOf, type ProductSize, productSize } from './product.ts';

/** What a program of an update does. */
export type Role = 'gradients' | 'norm' | 'update';

/** A recorded program of an update. */
export interface RecordedProgram {
  readonly role: Role;
  /** The lane in which it runs, from 0. */
  readonly lane: number;
  /** The runs of the measured updates that the engine recorded. */
  readonly runs: readonly RecordedRun[];
  /** When each run of the measured updates began, recorded or not, in ms. */
  readonly starts: readonly number[];
  /** Where its nodes come from, by their names. */
  readonly places: ReadonlyMap<string, NodePlace>;
}

/** The times of some updates, in ms an update. */
export interface StepTime {
  /** From one update to the next. */
  readonly step: number;
  /** While no program runs. */
  readonly outside: number;
  /** Reading and padding batches; the engine may run meanwhile. */
  readonly batches: number;
  /** Generating random bytes; the engine may run meanwhile. */
  readonly randomBytes: number;
}

/** A rate at which this machine multiplies matrices. */
export interface BareRate {
  readonly size: ProductSize;
  /** GFLOP/s */
  readonly rate: number;
}

/** A share of a step: ms an update, summed over lanes. */
export interface Part {
  readonly name: string;
  readonly ms: number;
}

/** The time in a layer. What is neither forward nor backward is of the optimizer and the norm of the gradients. */
export interface LayerPart extends Part {
  readonly forward: number;
  readonly backward: number;
}

/** A node: what all its executions in an update take. */
export interface NodeCost extends Part {
  readonly op: string;
  readonly layer: string;
  readonly kind: Kind;
  readonly pass: 'forward' | 'backward' | undefined;
  /** Executions an update. */
  readonly calls: number;
  /** The shapes of its longest execution: `[64, 384] · [384, 1536] to [64, 1536]`. */
  readonly shapes: string;
  /** GFLOP/s of a matrix product. */
  readonly rate: number | undefined;
}

/** Matrix products: their time in ms an update, and how fast they are. */
export interface ProductPart {
  readonly ms: number;
  /** GFLOP/s; 0 without products. */
  readonly rate: number;
  /** The number of rows of a product that half of the time is above. */
  readonly rows: number;
}

/** Where the time of a training step goes. */
export interface StepProfile {
  readonly updates: number;
  /** The updates that the engine's recording has room for; fewer than `updates` in a recording that was full. */
  readonly recorded: number;
  readonly lanes: number;
  readonly threads: number;
  /** Without the recording. */
  readonly time: StepTime;
  /** The same updates while they are recorded, which the parts below add up to, in all lanes. */
  readonly recordedTime: StepTime;
  /** In the order of the model. */
  readonly layers: readonly LayerPart[];
  readonly kinds: readonly Part[];
  /** Between nodes: the engine's own work and that of recording. */
  readonly between: number;
  /** Lanes that wait, for JavaScript or for each other. */
  readonly waiting: number;
  readonly products: ProductPart;
  /** Nodes in the bodies of loops, and the loops. */
  readonly loops: { readonly ms: number; readonly calls: number; readonly products: ProductPart };
  /** Node executions in an update. */
  readonly calls: number;
  /** Most costly first. */
  readonly nodes: readonly NodeCost[];
  /** The largest product by arithmetic. */
  readonly largest: ProductSize | undefined;
}

/** All times of nodes. */
export const nodeTime = ({ kinds }: Pick<StepProfile, 'kinds'>): number => kinds.reduce((sum, { ms }) => sum + ms, 0);

/** What is recorded of some updates. */
export interface StepRecording {
  readonly updates: number;
  readonly lanes: number;
  readonly threads: number;
  readonly time: StepTime;
  readonly recordedTime: StepTime;
  readonly programs: readonly RecordedProgram[];
  readonly layerOf: LayerOf;
}

/** The layer of what belongs to no layer of the model. */
const layerNames: Readonly<Record<Role, string>> = { gradients: 'other', norm: 'gradient norm', update: 'optimizer' };

const noPlace: NodePlace = { path: '', isNeeded: false, isRandom: false };

/**
 * The place of an executed node. The engine gives nodes that it fused or added names that begin or end otherwise; a node
 * without a path is where the loop around it is.
 */
function placeOf(event: NodeEvent, places: ReadonlyMap<string, NodePlace>): NodePlace {
  const name = event.node.name.replace(/^fused /, '');
  for (let end = name.length; end > 0; end = Math.max(name.lastIndexOf('/', end - 1), name.lastIndexOf('_', end - 1))) {
    const place = places.get(name.slice(0, end));
    if (!place) continue;
    if (place.path !== '' || !event.parent) return place;
    return { ...place, path: placeOf(event.parent, places).path };
  }
  return event.parent ? placeOf(event.parent, places) : noPlace;
}

/** The part of a training that a node belongs to. */
export interface NodeOrigin {
  readonly place: NodePlace;
  readonly layer: string;
  /** Undefined outside the model. */
  readonly pass: 'forward' | 'backward' | undefined;
}

/** Where an executed node comes from. */
export function originOf(event: NodeEvent, { role, places }: Pick<RecordedProgram, 'role' | 'places'>, layerOf: LayerOf): NodeOrigin {
  const place = placeOf(event, places);
  if (role !== 'gradients') return { place, layer: layerNames[role], pass: undefined };
  const layer = place.path === '' ? layerNames.gradients : layerOf(place.path);
  return { place, layer, pass: place.isNeeded ? 'forward' : 'backward' };
}

interface Sum {
  ms: number;
  calls: number;
  flops: number;
}

const sumAt = <K>(sums: Map<K, Sum>, key: K): Sum => {
  const sum = sums.get(key) ?? { ms: 0, calls: 0, flops: 0 };
  sums.set(key, sum);
  return sum;
};

/** Most values whose shapes are listed on a side. */
const mostShapes = 3;

const shapeList = (values: readonly RecordedValue[]): string =>
  [...values.slice(0, mostShapes).map(({ shape }) => `[${shape.join(', ')}]`), ...(values.length > mostShapes ? ['…'] : [])].join(' · ');

/** `[64, 384] · [384, 1536] to [64, 1536]`. */
export const shapesOf = ({ node }: NodeEvent): string => `${shapeList(node.inputs)} to ${shapeList(node.outputs)}`;

const isLooped = ({ node, parent }: NodeEvent): boolean =>
  node.op === 'Scan' || node.op === 'Loop' || (parent !== undefined && isLooped(parent));

/** Collects what the products of a step take. */
class Products {
  #ms = 0;
  #flops = 0;
  readonly #rows: [rows: number, ms: number][] = [];

  add(size: ProductSize, ms: number, flops: number): void {
    this.#ms += ms;
    this.#flops += flops;
    this.#rows.push([size.rows, ms]);
  }

  get part(): ProductPart {
    let left = this.#ms / 2;
    const rows = this.#rows.sort(([a], [b]) => b - a).find(([, ms]) => (left -= ms) <= 0)?.[0] ?? 0;
    return { ms: this.#ms, rate: this.#ms > 0 ? this.#flops / this.#ms / 1e6 : 0, rows };
  }
}

/** Where the time of the recorded updates went; every execution is in one layer and of one kind. */
export function stepProfile(recording: StepRecording): StepProfile {
  const { updates, lanes, threads, time, recordedTime, programs, layerOf } = recording;
  const layers = new Map<string, { forward: number; backward: number; ms: number }>();
  const kinds = new Map<Kind, Sum>(kindNames.map((kind) => [kind, { ms: 0, calls: 0, flops: 0 }]));
  const nodes = new Map<string, { cost: Omit<NodeCost, 'ms' | 'calls' | 'shapes' | 'rate'>; sum: Sum; longest: NodeEvent }>();
  const [outside, inside] = [new Products(), new Products()];
  const looped: Sum = { ms: 0, calls: 0, flops: 0 };
  let largest: ProductSize | undefined;
  let running = 0;
  for (const program of programs) {
    const { role, runs, starts, places } = program;
    if (runs.length === 0) continue;
    const perUpdate = starts.length / updates / runs.length;
    const origins = new Map<string, NodeOrigin>();
    if (role === 'gradients') for (const { path } of places.values()) layerAt(layers, path === '' ? layerNames.gradients : layerOf(path));
    for (const run of runs) {
      running += (run.duration / 1000) * perUpdate;
      for (const event of run.events) {
        const { node } = event;
        const origin = origins.get(node.name) ?? originOf(event, program, layerOf);
        origins.set(node.name, origin);
        const { place, layer, pass } = origin;
        const kind = kindOf(node.op, place);
        const ms = (event.own / 1000) * perUpdate;
        const part = layerAt(layers, layer);
        part.ms += ms;
        if (pass) part[pass] += ms;
        const size = kind === 'matrix products' ? productSize(node) : undefined;
        const flops = size ? flopsOf(size) * perUpdate : 0;
        const inLoop = isLooped(event);
        const key = `${role} ${node.name}`;
        const known = nodes.get(key) ?? {
          cost: { name: node.name, op: node.op, layer, kind, pass },
          sum: { ms: 0, calls: 0, flops: 0 },
          longest: event,
        };
        nodes.set(key, known);
        if (event.own > known.longest.own) known.longest = event;
        for (const sum of [sumAt(kinds, kind), known.sum, ...(inLoop ? [looped] : [])]) {
          sum.ms += ms;
          sum.calls += perUpdate;
          sum.flops += flops;
        }
        if (!size) continue;
        (inLoop ? inside : outside).add(size, ms, flops);
        if (!largest || flopsOf(size) > flopsOf(largest)) largest = size;
      }
    }
  }
  const costs = [...nodes.values()].map(({ cost, sum, longest }): NodeCost => {
    const rate = sum.flops > 0 && sum.ms > 0 ? sum.flops / sum.ms / 1e6 : undefined;
    return { ...cost, ms: sum.ms, calls: sum.calls, shapes: shapesOf(longest), rate };
  });
  const inNodes = [...kinds.values()].reduce((total, { ms }) => total + ms, 0);
  return {
    updates,
    recorded: Math.min(updates, ...programs.flatMap(({ runs, starts }) => (starts.length > 0 ? [(runs.length / starts.length) * updates] : []))),
    lanes,
    threads,
    time,
    recordedTime,
    layers: [...layers].filter(([, { ms }]) => ms > 0).map(([name, part]) => ({ name, ...part })),
    kinds: [...kinds].filter(([, { ms }]) => ms > 0).map(([name, { ms }]) => ({ name, ms })),
    between: running - inNodes,
    waiting: lanes * recordedTime.step - running,
    products: outside.part,
    loops: { ms: looped.ms, calls: looped.calls, products: inside.part },
    calls: [...kinds.values()].reduce((total, { calls }) => total + calls, 0),
    nodes: costs.sort((a, b) => b.ms - a.ms),
    largest,
  };
}

function layerAt(layers: Map<string, { forward: number; backward: number; ms: number }>, name: string) {
  const part = layers.get(name) ?? { forward: 0, backward: 0, ms: 0 };
  layers.set(name, part);
  return part;
}
