import type { NodeEvent } from '../../runtime/backend.ts';
import { type Kind, kindNames, kindOf } from './kind.ts';
import type { LayerOf } from './layer.ts';
import { layerNames, type NodeOrigin, originOf, shapesOf } from './node-origin.ts';
import { flopsOf, type ProductSize, ProductSum, productSize } from './product.ts';
import type { RecordedProgram } from './recorded-program.ts';
import type { LayerPart, NodeCost, ProductPart, StepProfile, StepTime } from './step-profile.ts';

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

/** Where the time of the recorded updates went; every execution is in one layer and of one kind. */
export function stepProfile({ programs, layerOf, ...about }: StepRecording): StepProfile {
  const { updates, lanes, recordedTime } = about;
  const sum = new ProfileSum();
  for (const program of programs) {
    const { role, runs, starts, places } = program;
    if (role === 'gradients') {
      for (const { path } of places.values()) if (path !== '') sum.layer(layerOf(path));
      sum.layer(layerNames.gradients);
    }
    // Where the recording was full, the runs that it holds stand for the others.
    const times = starts.length / updates / Math.max(1, runs.length);
    const origins = new Map<string, NodeOrigin>();
    for (const { duration, events } of runs) {
      sum.running += (duration / 1000) * times;
      for (const event of events) {
        const origin = origins.get(event.node.name) ?? originOf(event, program, layerOf);
        origins.set(event.node.name, origin);
        sum.add(event, origin, times);
      }
    }
  }
  const recorded = programs.map(({ runs, starts }) => runs.length / Math.max(1, starts.length));
  return {
    ...about,
    recorded: updates * Math.min(1, ...recorded),
    ...sum.parts,
    waiting: lanes * recordedTime.step - sum.running,
  };
}

/** A part while it grows. */
interface Growing {
  ms: number;
  calls: number;
}

type GrowingNode = Growing &
  Pick<NodeCost, 'name' | 'op' | 'layer' | 'kind' | 'pass'> & { flops: number; longest: NodeEvent };

const isLooped = ({ node, parent }: NodeEvent): boolean =>
  node.op === 'Scan' || node.op === 'Loop' || (parent !== undefined && isLooped(parent));

const productPart = ({ ms, rate, rows }: ProductSum): ProductPart => ({ ms, rate, rows });

/** Adds up executions, in ms an update. */
class ProfileSum {
  /** All runs. */
  running = 0;
  readonly #layers = new Map<string, { -readonly [Name in keyof LayerPart]: LayerPart[Name] }>();
  readonly #kinds = new Map<Kind, Growing>(kindNames.map((kind) => [kind, { ms: 0, calls: 0 }]));
  readonly #nodes = new Map<string, GrowingNode>();
  readonly #looped: Growing = { ms: 0, calls: 0 };
  readonly #products = { outside: new ProductSum(), inLoops: new ProductSum() };
  #largest: ProductSize | undefined;

  /** The part of a layer; layers are in the order of their first use. */
  layer(name: string) {
    const part = this.#layers.get(name) ?? { name, ms: 0, forward: 0, backward: 0 };
    this.#layers.set(name, part);
    return part;
  }

  /** Adds an execution that stands for so many in an update. */
  add(event: NodeEvent, { place, layer: name, pass }: NodeOrigin, times: number): void {
    const { node } = event;
    const kind = kindOf(node.op, place);
    const ms = (event.own / 1000) * times;
    const layer = this.layer(name);
    layer.ms += ms;
    if (pass) layer[pass] += ms;
    const size = kind === 'matrix products' ? productSize(node) : undefined;
    const cost = this.#node(event, { name: node.name, op: node.op, layer: name, kind, pass });
    cost.flops += size ? times * flopsOf(size) : 0;
    const inLoop = isLooped(event);
    for (const part of [this.#kinds.get(kind), cost, inLoop ? this.#looped : undefined]) {
      if (!part) continue;
      part.ms += ms;
      part.calls += times;
    }
    if (!size) return;
    this.#products[inLoop ? 'inLoops' : 'outside'].add(size, ms, times);
    if (!this.#largest || flopsOf(size) > flopsOf(this.#largest)) this.#largest = size;
  }

  #node(event: NodeEvent, about: Omit<GrowingNode, keyof Growing | 'flops' | 'longest'>): GrowingNode {
    const key = `${about.layer} ${about.name}`;
    const node = this.#nodes.get(key) ?? { ...about, ms: 0, calls: 0, flops: 0, longest: event };
    this.#nodes.set(key, node);
    if (event.own > node.longest.own) node.longest = event;
    return node;
  }

  get parts(): Omit<StepProfile, keyof Omit<StepRecording, 'programs' | 'layerOf'> | 'recorded' | 'waiting'> {
    const kinds = [...this.#kinds].filter(([, { ms }]) => ms > 0);
    const nodes = [...this.#nodes.values()].map(({ flops, longest, ...node }) => ({
      ...node,
      shapes: shapesOf(longest),
      rate: flops > 0 && node.ms > 0 ? flops / node.ms / 1e6 : undefined,
    }));
    return {
      layers: [...this.#layers.values()].filter(({ ms }) => ms > 0),
      kinds: kinds.map(([name, { ms }]) => ({ name, ms })),
      between: this.running - kinds.reduce((total, [, { ms }]) => total + ms, 0),
      products: productPart(this.#products.outside),
      loops: { ...this.#looped, products: productPart(this.#products.inLoops) },
      calls: kinds.reduce((total, [, { calls }]) => total + calls, 0),
      nodes: nodes.sort((a, b) => b.ms - a.ms),
      largest: this.#largest,
    };
  }
}
