/** Profiles of real trainings, of every task. */
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindNames } from '../../src/inspect/profile/kind.ts';
import { nodeTime } from '../../src/inspect/profile/step-profile.ts';
import { wasmBackend } from '../../src/runtime/node/wasm.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { type ProfileResult, profileRecipe } from '../../src/tasks/verbs/profile-recipe.ts';
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
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args?: { readonly layer: string };
}

describe.each(taskSamples)('$task', (sample) => {
  const updates = 3;
  let run: SmallRun;
  let result: ProfileResult;
  beforeAll(async () => {
    run = await SmallRun.make(sample);
    result = await profileRecipe(run.recipe(), { out: run.at('out'), backend: nodeBackend(), updates });
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

  test('the trace is one of complete events, nodes inside the runs of their programs', async () => {
    const { traceEvents } = JSON.parse(await readFile(result.trace, 'utf8')) as { traceEvents: TraceEvent[] };
    const events = traceEvents.filter(({ ph }) => ph === 'X');
    const runs = events.filter(({ cat }) => cat === 'program');
    expect(runs.filter(({ name }) => name === 'forward and backward').length).toBeGreaterThanOrEqual(updates);
    const nodes = events.filter(({ args }) => args?.layer);
    expect(nodes.length + runs.length).toBe(events.length);
    for (const lane of new Set(events.map(({ tid }) => tid))) {
      const inLane = runs.filter(({ tid }) => tid === lane).sort((a, b) => a.ts - b.ts);
      inLane.slice(1).forEach(({ ts }, i) => expect(ts).toBeGreaterThanOrEqual(inLane[i].ts + inLane[i].dur));
      for (const { ts, dur } of nodes.filter(({ tid }) => tid === lane)) {
        const around = inLane.some((one) => one.ts <= ts && ts + dur <= one.ts + one.dur);
        expect(around).toBe(true);
      }
    }
    expect(Math.min(...events.map(({ ts }) => ts))).toBeGreaterThanOrEqual(0);
  });

  test('the page shows every layer and kind, and nothing is cut off in any window', async () => {
    const page = await readFile(result.page, 'utf8');
    for (const { name } of [...result.profile.layers, ...result.profile.kinds]) expect(page).toContain(`>${name}</th>`);
    for (const width of windowWidths) expect([width, await reader.cutOff(page, width)]).toEqual([width, []]);
    expect(page).not.toMatch(/<script|src=|href=|NaN|Infinity|undefined/);
  });

  test('it writes two files and no run, beside which a training begins; a profile leaves that run as it is', async () => {
    expect((await readdir(run.at('out'))).sort()).toEqual(['profile-trace.json', 'profile.html']);
    await run.train('out');
    const model = await readFile(run.at('out', 'model.safetensors'));
    const names = (await readdir(run.at('out'))).sort();
    await profileRecipe(run.recipe(), { out: run.at('out'), backend: nodeBackend(), updates: 1 });
    expect((await readdir(run.at('out'))).sort()).toEqual(names);
    expect(await readFile(run.at('out', 'model.safetensors'))).toEqual(model);
  });
});

test('an engine without a profiler is refused before anything is read', async () => {
  const run = await SmallRun.make(taskSamples[0]);
  const call = profileRecipe(run.recipe('data.root=nowhere'), { out: run.at('out'), backend: wasmBackend() });
  await expect(call).rejects.toThrow(/^--profile: the engine onnxruntime-wasm does not record when its nodes run/);
  expect(await readdir(run.folder)).not.toContain('out');
  await run.remove();
});
