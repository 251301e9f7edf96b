/** Reads the file in which a session of ONNX Runtime records when its nodes ran. */

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { NodeEvent, RecordedNode, RecordedRun, RecordedValue } from '../backend.ts';

/**
 * An event in the file, one a line; times in µs.
 *
 * Source: onnxruntime/core/common/profiler.cc and core/framework/sequential_executor.cc, 1.30.
 */
interface FileEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly FileValue[];
    readonly output_type_shape?: readonly FileValue[];
  };
}

/** `{ float: [32, 16] }` */
type FileValue = Readonly<Record<string, readonly number[]>>;

interface TimedNode {
  readonly node: RecordedNode;
  readonly start: number;
  readonly duration: number;
}

const kernelSuffix = '_kernel_time';

/** Operators with bodies. */
const outerOps: ReadonlySet<string> = new Set(['Scan', 'Loop', 'If']);

/**
 * The runs in a file, the oldest first. A session records a million events at most: what belongs to a run whose end is
 * no longer recorded is left out.
 */
export async function recordedRuns(file: string): Promise<readonly RecordedRun[]> {
  const runs: RecordedRun[] = [];
  const nodes = new Map<string, RecordedNode>();
  let open: TimedNode[] = [];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (!line.startsWith('{')) continue;
    const { cat, name, ts: start, dur: duration, args }: FileEvent = JSON.parse(line.replace(/,$/, ''));
    if (cat === 'Node' && name.endsWith(kernelSuffix)) {
      open.push({ node: knownNode(nodes, name.slice(0, -kernelSuffix.length), args), start, duration });
    } else if (cat === 'Session' && name === 'model_run') {
      const events = withOwnTimes(open.filter((event) => event.start >= start));
      runs.push({ start, duration, events });
      open = [];
    }
  }
  return runs;
}

/** The node of an event: one object for all executions with the same shapes. */
function knownNode(nodes: Map<string, RecordedNode>, name: string, args: FileEvent['args']): RecordedNode {
  const { op_name: op = '', input_type_shape: inputs = [], output_type_shape: outputs = [] } = args;
  const key = JSON.stringify([name, inputs, outputs]);
  const known = nodes.get(key);
  if (known) return known;
  const node = { name, op, inputs: inputs.map(recordedValue), outputs: outputs.map(recordedValue) };
  nodes.set(key, node);
  return node;
}

function recordedValue(value: FileValue): RecordedValue {
  const [type = '', shape = []] = Object.entries(value)[0] ?? [];
  return { type, shape };
}

/** The events of a run in order of their start, with what ran inside others subtracted from those. */
function withOwnTimes(events: TimedNode[]): NodeEvent[] {
  const inOrder = events.sort((a, b) => a.start - b.start || b.duration - a.duration);
  const all: Writable[] = inOrder.map((event) => ({ ...event, own: event.duration, parent: undefined }));
  const outer: Writable[] = [];
  for (const event of all) {
    while (outer.length > 0 && endOf(outer.at(-1)) <= event.start) outer.pop();
    const parent = outer.at(-1);
    if (parent) {
      parent.own = Math.max(0, parent.own - event.duration);
      event.parent = parent;
    }
    if (outerOps.has(event.node.op)) outer.push(event);
  }
  return all;
}

type Writable = { -readonly [Name in keyof NodeEvent]: NodeEvent[Name] };

const endOf = (event: NodeEvent | undefined): number => (event ? event.start + event.duration : 0);
