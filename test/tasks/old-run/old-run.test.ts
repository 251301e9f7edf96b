/** Runs of earlier code continue as that code would have continued; `test/golden/README.md` tells what they are. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { loadRecipe } from '../../../src/tasks/recipe/file.ts';
import { trainRecipe } from '../../../src/tasks/verbs/train-recipe.ts';
import { parseSafetensors } from '../../../src/weights/safetensors.ts';
import { float32Data } from '../../../src/weights/tensor.ts';
import { fileDigest } from '../../train/sequence-task.ts';

const golden = join(import.meta.dirname, '../../golden/old-run');
const names = (await readdir(golden)).sort();

interface Made {
  readonly by: {
    readonly commit: string;
    readonly processor: string;
    readonly node: string;
    readonly onnxruntime: string;
  };
  readonly digests: Readonly<Record<string, string>>;
}

const json = async (...path: string[]) => JSON.parse(await readFile(join(...path), 'utf8'));

/** Whether results here are the same bytes: those of the same kernels, of the same version and processor. */
async function isAsHere({ processor, onnxruntime }: Made['by']): Promise<boolean> {
  if (nodeBackend().name !== 'cpu') return false;
  const here = await import(new URL('./processor.mjs', import.meta.url).href);
  const engine = await json(import.meta.dirname, '../../../node_modules/onnxruntime-node/package.json');
  return processor === here.processor() && onnxruntime === engine.version;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-old-run-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Resumes a run in its folder; gives what was said. A finished one reads no data. */
async function resume(name: string, out: string, settings: readonly string[] = []): Promise<string[]> {
  const isFinished = out.endsWith('finished');
  const root = isFinished ? [] : [`data.root=${join(golden, name, 'data')}`];
  const recipe = await loadRecipe(join(golden, name, 'recipe.yaml'), [...root, ...settings]);
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  await trainRecipe(recipe, { out, backend: nodeBackend(), resume: true, say });
  return said;
}

/** Resumes a copy of one of the runs’ folders. */
async function resumed(name: string, part: 'run' | 'finished'): Promise<{ out: string; said: string[] }> {
  const out = join(folder, name, part);
  await cp(join(golden, name, part), out, { recursive: true });
  return { out, said: await resume(name, out) };
}

const weightsOf = async (...path: string[]) => parseSafetensors(await readFile(join(...path)), path.join('/')).tensors;

/** As in the golden files of weights after AdamW. */
const tolerance = 1e-4;

test('there is a run of every kind of model', () => {
  expect(names).toEqual([
    'text-classification-transformer',
    'text-generation-recurrent',
    'text-generation-transformer',
    'token-classification-recurrent',
    'translation-marian',
    'translation-recurrent',
  ]);
});

describe.each(names)('%s', (name) => {
  test('interrupted by earlier code and resumed, it ends with the weights of the earlier code', async () => {
    const { out } = await resumed(name, 'run');
    const { by, digests }: Made = await json(golden, name, 'resumed/digests.json');
    const [was, is] = [
      await weightsOf(golden, name, 'resumed/model.safetensors'),
      await weightsOf(out, 'model.safetensors'),
    ];
    expect([...is.keys()]).toEqual([...was.keys()]);
    for (const [key, tensor] of was) {
      const other = float32Data(is.get(key)!, key);
      const far = float32Data(tensor, key).findIndex((x, i) => !(Math.abs(x - other[i]) < tolerance));
      expect(`${key} ${far}`).toBe(`${key} -1`);
    }
    if (!(await isAsHere(by))) return;
    for (const [file, digest] of Object.entries(digests))
      expect([file, await fileDigest(join(out, file))]).toEqual([file, digest]);
  });
});

describe.each(names)('%s', (name) => {
  test('when resumed, it keeps its tokenizer files unchanged', async () => {
    const out = join(folder, name, 'kept');
    await cp(join(golden, name, 'run'), out, { recursive: true });
    // The same content in other bytes: to train it anew would give the former ones.
    const files = (await readdir(join(out, 'checkpoint-3'))).filter((file) => /tokenizer|vocabulary/.test(file));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const path = join(out, 'checkpoint-3', file);
      await writeFile(path, JSON.stringify(JSON.parse(await readFile(path, 'utf8')), null, 7));
    }
    await resume(name, out);
    for (const file of files) {
      const kept = await fileDigest(join(out, 'checkpoint-3', file));
      for (const place of ['checkpoint-6', '.'])
        expect([place, file, await fileDigest(join(out, place, file))]).toEqual([place, file, kept]);
    }
  });
});

test('a run that earlier code finished counts as finished', async () => {
  const { out, said } = await resumed('token-classification-recurrent', 'finished');
  expect(said).toEqual([`${out}: this run is finished (6 updates)`]);
  expect(await readdir(out)).toEqual(await readdir(join(golden, 'token-classification-recurrent/finished')));
});

describe('a field that the recipe of an old run lacks', () => {
  const name = 'token-classification-recurrent';
  const fields = { train: ['label_smoothing_factor', 'max_grad_norm', 'seqeval_scheme'], data: ['repair_tags'] };
  const without = async (part: 'run' | 'finished', place: string) => {
    const out = join(folder, place, part);
    await cp(join(golden, name, part), out, { recursive: true });
    const heddle = await json(out, 'heddle.json');
    for (const [section, names] of Object.entries(fields))
      for (const field of names) delete heddle.recipe[section][field];
    await writeFile(join(out, 'heddle.json'), JSON.stringify(heddle));
    return out;
  };

  test('counts as its default, so that the run is resumed to the same bytes', async () => {
    const out = await without('run', 'lacking');
    await resume(name, out);
    const { by, digests }: Made = await json(golden, name, 'resumed/digests.json');
    expect(by.commit.length).toBeGreaterThan(6);
    if (await isAsHere(by)) expect(await fileDigest(join(out, 'model.safetensors'))).toBe(digests['model.safetensors']);
  });

  test('leaves a finished run finished', async () => {
    const out = await without('finished', 'lacking');
    expect(await resume(name, out)).toEqual([`${out}: this run is finished (6 updates)`]);
  });

  test('with another value is a change, reported with the default', async () => {
    const out = await without('run', 'changed');
    await expect(resume(name, out, ['train.max_grad_norm=5'])).rejects.toThrow(
      /needs the values it began with: train\.max_grad_norm was 1, got 5$/,
    );
  });
});
