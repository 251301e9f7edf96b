/** Profiles of real trainings, of every task, on the engine that records when its nodes run. */
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindNames } from '../../src/inspect/profile/kind.ts';
import { nodeTime } from '../../src/inspect/profile/step-profile.ts';
import { wasmBackend } from '../../src/runtime/node/wasm.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { type ProfileResult, profileRecipe } from '../../src/tasks/index.ts';
import { disturbanceNote } from '../../src/tasks/profile/disturbance.ts';
import { openReader, type Reader, windowWidths } from '../browser/reader.ts';
import { SmallRun } from './small-run.ts';
import { taskSamples } from './task-sample.ts';

let reader: Reader;
beforeAll(async () => {
  reader = await openReader();
});
afterAll(() => reader.close());

/** An event of a trace. */
interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly cat: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args?: { readonly layer?: string; readonly name?: string };
}

/** Complete events of a row that overlap another without being inside it, which viewers leave out. */
function crossing(events: readonly TraceEvent[]): TraceEvent[] {
  const around: number[] = [];
  return events
    .toSorted((a, b) => a.ts - b.ts || b.dur - a.dur)
    .filter(({ ts, dur }) => {
      while ((around.at(-1) ?? Number.POSITIVE_INFINITY) <= ts) around.pop();
      const isCrossing = ts + dur > (around.at(-1) ?? Number.POSITIVE_INFINITY);
      around.push(ts + dur);
      return isCrossing;
    });
}

describe.each(taskSamples)('$task', (sample) => {
  const updates = 3;
  let run: SmallRun;
  let result: ProfileResult;
  beforeAll(async () => {
    run = await SmallRun.make(sample);
    result = await profileRecipe(run.recipe(), { out: run.at('out'), backend: nodeBackend('cpu'), updates });
  });
  afterAll(() => run.remove());

  const sum = (parts: readonly { readonly ms: number }[]) => parts.reduce((total, { ms }) => total + ms, 0);

  test('the parts add up to the recorded step, by layer, by kind and by node', () => {
    const { profile } = result;
    const nodes = nodeTime(profile);
    expect(profile.recorded).toBe(updates);
    expect(sum(profile.layers)).toBeCloseTo(nodes, 6);
    expect(sum(profile.nodes)).toBeCloseTo(nodes, 6);
    expect(nodes + profile.between + profile.waiting).toBeCloseTo(profile.lanes * profile.recordedTime.step, 6);
    // Nodes are timed in whole µs and never longer than the run that they are in; a lane waits, if it does.
    expect(profile.between).toBeGreaterThan(0);
    expect(profile.waiting).toBeGreaterThan(0);
  });

  test('every node is of one kind, and in a layer of the model or one that is named beside them', () => {
    const { layers, nodes, kinds } = result.profile;
    const beside = ['loss', 'other', 'gradient norm', 'optimizer'];
    const known = new Set(layers.map(({ name }) => name));
    for (const { layer, kind } of nodes) {
      expect(known).toContain(layer);
      expect(kindNames).toContain(kind);
    }
    expect([...known]).toEqual(expect.arrayContaining(['loss', 'optimizer']));
    expect(known.size).toBeGreaterThan(beside.length);
    const other = layers.find(({ name }) => name === 'other')?.ms ?? 0;
    expect(other / sum(layers)).toBeLessThan(0.2);
    expect(kinds.find(({ name }) => name === 'other')?.ms ?? 0).toBeLessThan(0.1 * sum(kinds));
    for (const { name, forward, backward } of layers) {
      const isOutside = name === 'optimizer' || name === 'gradient norm';
      if (isOutside) expect([name, forward, backward]).toEqual([name, 0, 0]);
    }
    expect(layers.filter(({ forward, backward }) => forward > 0 && backward > 0).length).toBeGreaterThan(2);
  });

  test('the trace keeps the rules of its format, and nodes are inside the runs of their programs', async () => {
    const trace = JSON.parse(await readFile(result.trace, 'utf8')) as { traceEvents: TraceEvent[] };
    expect(Object.keys(trace).sort()).toEqual(['displayTimeUnit', 'traceEvents']);
    const { traceEvents } = trace;
    const [names, events] = ['M', 'X'].map((kind) => traceEvents.filter(({ ph }) => ph === kind));
    expect(names.length + events.length).toBe(traceEvents.length);
    expect(names.map(({ name, args }) => [name, typeof args?.name])).toEqual(
      ['process_name', ...names.slice(1).map(() => 'thread_name')].map((name) => [name, 'string']),
    );
    const rows = new Set(names.slice(1).map(({ pid, tid }) => `${pid} ${tid}`));
    expect(rows.size).toBe(names.length - 1);
    for (const { pid, tid } of traceEvents) expect(rows).toContain(`${pid} ${tid}`);
    for (const { ts, dur, name } of events) {
      // Whole µs, which no viewer rounds.
      expect([Number.isInteger(ts), Number.isInteger(dur)]).toEqual([true, true]);
      expect([ts >= 0, dur >= 0, name.trim() !== '']).toEqual([true, true, true]);
    }
    // Perfetto sorts by the start alone: of events that begin together, the one around the others comes first.
    for (const [i, { tid, ts, dur }] of events.entries()) {
      const later = events.slice(i + 1, i + 3).filter((event) => event.tid === tid && event.ts === ts);
      expect(later.every((event) => event.dur <= dur)).toBe(true);
    }
    const runs = events.filter(({ cat }) => cat === 'program');
    expect(runs.filter(({ name }) => name === 'forward and backward').length).toBeGreaterThanOrEqual(updates);
    const nodes = events.filter(({ args }) => args?.layer);
    expect(nodes.length + runs.length).toBe(events.length);
    for (const lane of new Set(events.map(({ tid }) => tid))) {
      const inLane = runs.filter(({ tid }) => tid === lane).sort((a, b) => a.ts - b.ts);
      inLane.slice(1).forEach(({ ts }, i) => expect(ts).toBeGreaterThanOrEqual(inLane[i].ts + inLane[i].dur));
      expect(crossing(events.filter(({ tid }) => tid === lane))).toEqual([]);
      for (const { ts, dur } of nodes.filter(({ tid }) => tid === lane)) {
        const around = inLane.some((one) => one.ts <= ts && ts + dur <= one.ts + one.dur);
        expect(around).toBe(true);
      }
    }
    // µs: the recorded updates take at most the time that their profile says.
    const { lanes, recordedTime } = result.profile;
    const total = runs.reduce((sum, { dur }) => sum + dur, 0);
    expect(total / 1000).toBeLessThanOrEqual(lanes * updates * recordedTime.step);
    expect(total / 1000).toBeGreaterThan(0.2 * updates * recordedTime.step);
  });

  test('the page shows every layer and kind, and nothing is cut off in any window', async () => {
    const page = await readFile(result.page, 'utf8');
    const text = page.replaceAll('<wbr>', '');
    for (const { name } of [...result.profile.layers, ...result.profile.kinds]) expect(text).toContain(`>${name}</th>`);
    for (const width of windowWidths) expect([width, await reader.cutOff(page, width)]).toEqual([width, []]);
    expect(page).not.toMatch(/<script|src=|href=|NaN|Infinity|undefined/);
  });

  test('it writes two files and no run, beside which a training begins; a profile leaves that run as it is', async () => {
    expect((await readdir(run.at('out'))).sort()).toEqual(['heddle-profile-trace.json', 'heddle-profile.html']);
    await run.train('out');
    const model = await readFile(run.at('out', 'model.safetensors'));
    const names = (await readdir(run.at('out'))).sort();
    await profileRecipe(run.recipe(), { out: run.at('out'), backend: nodeBackend('cpu'), updates: 1 });
    expect((await readdir(run.at('out'))).sort()).toEqual(names);
    expect(await readFile(run.at('out', 'model.safetensors'))).toEqual(model);
  });
});

test('a user’s own profile.html stays, and a wrong option is refused before anything is read', async () => {
  const run = await SmallRun.make(taskSamples[0]);
  await run.write('out/profile.html', 'mine');
  const profile = (options: object, ...settings: string[]) =>
    profileRecipe(run.recipe(...settings), { out: run.at('out'), backend: nodeBackend('cpu'), ...options });
  for (const [options, message] of [
    [{ update: 3 }, 'profileRecipe: unknown option "update"; did you mean "updates"?'],
    [{ updates: 0 }, 'profileRecipe: updates: expected a whole number from 1 to 1000, got 0'],
    [{ out: '' }, 'profileRecipe: out: expected a folder, got '],
  ] as const) {
    await expect(profile(options, 'data.root=nowhere')).rejects.toThrow(message);
  }
  await profile({ updates: 1 });
  expect(await readFile(run.at('out/profile.html'), 'utf8')).toBe('mine');
  expect((await readdir(run.at('out'))).sort()).toEqual([
    'heddle-profile-trace.json',
    'heddle-profile.html',
    'profile.html',
  ]);
  await expect(run.train('out')).rejects.toThrow('got one that holds profile.html');
  await run.remove();
});

test('others disturb a measurement if they use the processor and nothing is idle', () => {
  const note = (others: number, idle: number) =>
    disturbanceNote([
      { others: 0.01, idle: 0.4 },
      { others, idle },
    ]);
  expect(note(0.88, 0)).toMatch(
    /^Other programs used 88 % of the processor .* unreliable\. Measure again on an idle machine\.$/,
  );
  expect(note(0.3, 0.05)).toMatch(/^Other programs used 30 %/);
  // A process of its own on every core; a few daemons; another program on a machine with many cores.
  for (const [others, idle] of [
    [0.02, 0],
    [0.05, 0.45],
    [0.4, 0.5],
  ] as const)
    expect(note(others, idle)).toBeUndefined();
});

test('a profile beside busy programs says so in a line, and on its page', async () => {
  const run = await SmallRun.make(taskSamples[0]);
  const busy = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', 'for (;;);']));
  const calm = [...busy].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  try {
    const { notes, page } = await profileRecipe(run.recipe(), {
      out: run.at('out'),
      backend: nodeBackend('cpu'),
      updates: 2,
    });
    const said = notes.filter((text) => /^Other programs used \d+ % of the processor/.test(text));
    expect(said).toHaveLength(1);
    expect(await readFile(page, 'utf8')).toContain(said[0]);
  } finally {
    for (const child of busy) child.kill();
    await Promise.all(calm);
    await run.remove();
  }
});

test('an engine without a profiler is refused before anything is read', async () => {
  const run = await SmallRun.make(taskSamples[0]);
  const call = profileRecipe(run.recipe('data.root=nowhere'), { out: run.at('out'), backend: wasmBackend() });
  await expect(call).rejects.toThrow(/^--profile: the engine wasm does not record when its nodes run; cpu does/);
  expect(await readdir(run.folder)).not.toContain('out');
  await run.remove();
});
