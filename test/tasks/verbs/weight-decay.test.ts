import { readFile } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { parseSafetensors } from '../../../src/weights/safetensors.ts';
import { float32Data } from '../../../src/weights/tensor.ts';
import { runningSample } from '../running-sample.ts';
import { SmallRun } from '../small-run.ts';
import { dateSample, entitySample, feelingSample } from '../task-sample.ts';

const runs: SmallRun[] = [];
afterAll(() => Promise.all(runs.map((run) => run.remove())));

test.each([dateSample, feelingSample, entitySample, runningSample])(
  '$task: weight decay changes every matrix and no bias, no norm, no other vector',
  async (sample) => {
    const run = await SmallRun.make(sample);
    runs.push(run);
    const once = [
      'train.max_steps=1',
      'train.warmup_steps=0',
      'train.lr_scheduler_type=constant',
      'train.eval_steps=1',
    ];
    const after = async (decay: number) => {
      const out = `decay-${decay}`;
      await run.train(out, [...once, `train.weight_decay=${decay}`]);
      return parseSafetensors(await readFile(run.at(out, 'model.safetensors')), out).tensors;
    };
    const [without, decayed] = [await after(0), await after(0.5)];
    const kinds = { changed: [] as string[], same: [] as string[] };
    for (const [name, tensor] of without) {
      const other = float32Data(decayed.get(name)!, name);
      kinds[float32Data(tensor, name).some((x, i) => x !== other[i]) ? 'changed' : 'same'].push(name);
    }
    const isMatrix = (name: string) => without.get(name)!.shape.length > 1;
    const isBuffer = (name: string) => name === 'final_logits_bias';
    expect(kinds.changed).toEqual([...without.keys()].filter((name) => isMatrix(name) && !isBuffer(name)));
    expect(kinds.changed.filter((name) => /bias|norm/.test(name))).toEqual([]);
    expect(kinds.same.filter((name) => name.includes('bias')).length).toBeGreaterThan(1);
  },
);
