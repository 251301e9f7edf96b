import type { NodePlace } from '../../onnx/node-place.ts';
import { kindOf } from './kind.ts';
import type { LayerOf } from './layer.ts';
import { type NodeOrigin, originOf, shapesOf } from './node-origin.ts';
import type { RecordedProgram } from './recorded-program.ts';

/** Recorded programs, with the layers of their nodes. */
export interface TracedPrograms {
  readonly programs: readonly RecordedProgram[];
  readonly layerOf: LayerOf;
}

/** Most executions in a trace; viewers become slow with more. */
const mostEvents = 150_000;

const runNames = { gradients: 'forward and backward', norm: 'norm of the gradients', update: 'optimizer' } as const;

/**
 * The first recorded updates as a trace in Chrome's format, which https://ui.perfetto.dev opens: a row per lane, runs of
 * programs with their nodes inside; times in µs. A trace has at most 150,000 executions.
 *
 * Source: "Trace Event Format", Google, 2016.
 */
export function traceFile({ programs, layerOf }: TracedPrograms): string {
  const began = Math.min(...programs.flatMap(({ starts }) => starts.slice(0, 1)));
  const all = programs.flatMap((program) => {
    const { runs, starts, lane, role } = program;
    // The recording has a clock of its own, in whole µs, which stay whole: viewers round fractions, and then a node could
    // end after the run around it. No run begins before it is called.
    const ahead = Math.round(Math.min(...runs.map(({ start }, i) => start - 1000 * ((starts[i] ?? 0) - began))));
    return runs.map((run) => ({ run, program, at: run.start - ahead, shift: -ahead, lane, role }));
  });
  const inOrder = all.sort((a, b) => a.at - b.at);
  const lines: string[] = [];
  const add = (event: object) => lines.push(JSON.stringify(event));
  add({ ph: 'M', name: 'process_name', pid: 1, tid: 1, args: { name: 'heddle train' } });
  for (const lane of new Set(programs.map((one) => one.lane)))
    add({ ph: 'M', name: 'thread_name', pid: 1, tid: lane + 1, args: { name: `lane ${lane + 1}` } });
  const origins = new Map<ReadonlyMap<string, NodePlace>, Map<string, NodeOrigin>>();
  let count = 0;
  for (const { run, program, shift, lane, role } of inOrder) {
    count += run.events.length;
    if (count > mostEvents && lines.length > 100) break;
    const row = { ph: 'X', pid: 1, tid: lane + 1 };
    add({ ...row, name: runNames[role], cat: 'program', ts: run.start + shift, dur: run.duration });
    const known = origins.get(program.places) ?? new Map<string, NodeOrigin>();
    origins.set(program.places, known);
    for (const event of run.events) {
      const { node, start: ts, duration: dur } = event;
      const origin = known.get(node.name) ?? originOf(event, program, layerOf);
      known.set(node.name, origin);
      const { layer, pass, place } = origin;
      const args = { layer, ...(pass && { pass }), node: node.name, shapes: shapesOf(event) };
      add({
        ...row,
        name: `${node.op} ${place.path || layer}`,
        cat: kindOf(node.op, place),
        ts: ts + shift,
        dur,
        args,
      });
    }
  }
  return `{"displayTimeUnit":"ms","traceEvents":[\n${lines.join(',\n')}\n]}\n`;
}
