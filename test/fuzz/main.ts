/**
 * Reads broken inputs of every kind: `npm run fuzz -- --runs 1000000 --seed 7 --kind tokenizer`.
 *
 * An input that ends in anything but a result or an InputError, or takes longer than a second, is saved to a folder with
 * its kind and run; `--replay FILE` reads it again.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';
import type { Kind } from './kind.ts';
import { kinds } from './kinds.ts';
import type { Finding } from './reading.ts';

const everyName = kinds.map(({ name }) => name);

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    kind: { type: 'string', multiple: true, default: everyName },
    out: { type: 'string', default: 'fuzz-findings' },
    replay: { type: 'string' },
  },
});

function named(names: readonly string[]): Kind[] {
  return names.map((name) => {
    const kind = kinds.find((one) => one.name === name);
    if (kind) return kind;
    console.error(`--kind: expected one of ${everyName.join(', ')}, got ${name}`);
    process.exit(2);
  });
}

/** An input on disk: the files in base64. */
interface Saved {
  readonly kind: string;
  readonly seed: number;
  readonly run: number;
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
}

function save(seed: number, { kind, run, what, files }: Finding): string {
  const base64 = Object.fromEntries([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]));
  const saved: Saved = { kind, seed, run, what, files: base64 };
  mkdirSync(values.out, { recursive: true });
  const path = join(values.out, `${kind}-${seed}-${run}.json`);
  writeFileSync(path, `${JSON.stringify(saved, null, 2)}\n`);
  return path;
}

const show = ({ kind, run, what }: Finding): string => `${kind} ${run}: ${what.slice(0, 1500)}`;

if (values.replay !== undefined) {
  const saved: Saved = JSON.parse(readFileSync(values.replay, 'utf8'));
  const input = new Map(
    Object.entries(saved.files).map(([name, text]) => [name, Uint8Array.from(Buffer.from(text, 'base64'))]),
  );
  const { findings } = await fuzz({ runs: 1, seed: saved.seed, kinds: named([saved.kind]), input });
  console.log(findings.length > 0 ? findings.map(show).join('\n') : 'read, or refused with an InputError');
  process.exitCode = findings.length > 0 ? 1 : 0;
} else {
  const [runs, seed] = [Number(values.runs), Number(values.seed)];
  const start = performance.now();
  let shown = start;
  const { findings, counts } = await fuzz({
    runs,
    seed,
    kinds: named(values.kind),
    found: (finding) => console.log(`\n${show(finding)}\nsaved to ${save(seed, finding)}`),
    progress: (done) => {
      if (performance.now() - shown < 10_000) return;
      shown = performance.now();
      const left = ((shown - start) / done) * (runs - done);
      console.log(`${done} of ${runs} runs, ${Math.ceil(left / 1000)} s left`);
    },
  });
  for (const [kind, { read, refused, failed }] of counts) {
    console.log(
      `${kind.padEnd(16)} ${read + refused + failed} runs: ${read} read, ${refused} refused, ${failed} failed`,
    );
  }
  console.log(`${findings.length} findings in ${runs} runs with seed ${seed}`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
