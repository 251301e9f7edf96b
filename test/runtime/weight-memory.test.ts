import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGraph, stepGraph } from '../../src/decode/step/graph.ts';
import { diskFolder } from '../../src/io/disk-folder.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import type { Program } from '../../src/runtime/backend.ts';
import { withLowMemory } from '../../src/runtime/low-memory.ts';
import { capiBackend } from '../../src/runtime/node/capi.ts';
import { SharedWeights } from '../../src/runtime/shared-weights.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** A Transformer of 92 MB: two layers a side, 512 wide, 16,000 tokens. */
const sizes = {
  vocab_size: 16_000,
  d_model: 512,
  encoder_layers: 2,
  decoder_layers: 2,
  encoder_ffn_dim: 2048,
  decoder_ffn_dim: 2048,
  encoder_attention_heads: 8,
  decoder_attention_heads: 8,
};
const setup = checkConfig(
  { model_type: 'marian', ...sizes, pad_token_id: 1, eos_token_id: 0, decoder_start_token_id: 1 },
  'test',
  { isStrict: true },
);

let folder = '';
let fileSize = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-weights-'));
  const weights = [...modelParameters(setup)].map(([name, { shape }], at): [string, Float32Array] => {
    const count = shape.reduce((n, size) => n * size, 1);
    return [name, Float32Array.from({ length: count }, (_, i) => ((i * 7 + at) % 1009) / 1e5)];
  });
  for (const [name, content] of saveModelFiles(setup, new Map(weights), {})) {
    const pieces = typeof content === 'string' ? [Buffer.from(content)] : content;
    const bytes = Buffer.concat([pieces].flat());
    if (name === 'model.safetensors') fileSize = bytes.length;
    await writeFile(join(folder, name), bytes);
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const status = (field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

/** Bytes in use, without garbage. */
function inUse(): number {
  collectGarbage();
  return status('VmRSS');
}

/** Loads the model and compiles what two lanes need; what was in use before, and after each program. */
async function load(lanes: number, lowMemory: boolean) {
  const engine = capiBackend();
  const backend = lowMemory ? withLowMemory(engine) : engine;
  const before = inUse();
  writeFileSync('/proc/self/clear_refs', '5'); // the peak begins anew
  const { model, parameters } = inRole(await loadModel(diskFolder(folder)), 'sequence-to-sequence', 'test');
  const weights = new SharedWeights(backend, parameters);
  const programs: Program[] = [];
  const after: number[] = [];
  const rules = { normalized: 'after', candidates: 1, showsAttention: false, drawn: 'none', changes: true } as const;
  for (let lane = 0; lane < lanes; lane++) {
    const start = startGraph(model);
    for (const { outputs } of [start, stepGraph(model, start.state, rules)]) {
      programs.push(await weights.compile(outputs, { threads: 1 }));
    }
    after.push(inUse());
  }
  const peak = status('VmHWM');
  for (const program of programs) await program.dispose();
  await weights.dispose();
  return { before, after, peak, parameters };
}

const onLinux = test.runIf(process.platform === 'linux');

onLinux(
  'a model is in memory twice, packed and not; further lanes share both, and disposal frees what was packed',
  async () => {
    const warm = await load(1, false);
    expect(warm.parameters.size).toBeGreaterThan(0);
    const { before, after, peak, parameters } = await load(5, false);
    const [first = 0, ...others] = after;
    const last = others[others.length - 1] ?? 0;
    expect(first - before).toBeGreaterThan(1.8 * fileSize); // else nothing is measured
    expect((last - first) / (2 * others.length)).toBeLessThan(0.06 * fileSize);
    expect(peak).toBeLessThan(2.2 * fileSize + before + 100e6);
    expect(inUse() - before).toBeLessThan(1.4 * fileSize);
    expect(parameters.size).toBeGreaterThan(0);
  },
  60_000,
);

onLinux(
  'with low memory a model is in memory once',
  async () => {
    const { before, peak } = await load(2, true);
    expect(peak - before).toBeLessThan(1.4 * fileSize + 50e6);
  },
  60_000,
);
