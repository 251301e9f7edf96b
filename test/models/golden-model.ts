/** Models with results that Transformers gave: one folder each in test/golden/models. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { check } from '../../src/io/check.ts';
import { readText } from '../../src/io/folder.ts';
import { parseJson } from '../../src/io/json.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import type { Tensor } from '../../src/weights/tensor.ts';
import { goldenFolder, readTensors, withPrefix } from './golden.ts';

const training = z.looseObject({
  optimizer: z.literal('torch.optim.AdamW'),
  mode: z.literal('eval (no dropout)'),
  lr: z.number(),
  betas: z.tuple([z.number(), z.number()]),
  eps: z.number(),
  weight_decay: z.number(),
  max_grad_norm: z.number().default(0),
  trainer_groups: z.boolean().default(false),
  log: z.array(z.looseObject({ batch: z.string(), loss: z.number(), lr: z.number() })),
  no_decay_params: z.array(z.string()),
  zero_grad_params: z.array(z.string()),
  params_without_grad: z.array(z.string()),
  f32_vs_f64: z.looseObject({ max_abs: z.number() }),
});

const described = z.looseObject({
  class: z.string(),
  cases: z.record(
    z.string(),
    z.looseObject({
      /** Tensors, which are in the file of tensors too, and options of the call, which are not. */
      inputs: z.record(z.string(), z.union([z.boolean(), z.looseObject({})])).default({}),
      loss: z.number().optional(),
      loss_float64: z.number().optional(),
      zero_grad_params: z.array(z.string()).default([]),
      /** Parts of parameters, from one row to before another, whose gradient is 0 but for rounding. */
      zero_grad_slices: z.record(z.string(), z.tuple([z.number(), z.number()])).default({}),
      note: z.string().default(''),
      mode: z.string().default('eval'),
    }),
  ),
  train: training.optional(),
});

/** Whether the rows of padding are not to be compared in an output: some have no defined values. */
export const comparesTextOnly = ({ note }: { readonly note: string }, output: string): boolean =>
  note.startsWith('compare only where attention_mask==1') ||
  (note.startsWith('block-sparse path') && output.startsWith('attentions'));

/** What a folder's `train` says of a run. */
export type GoldenTraining = z.output<typeof training>;

/** The names of all folders. */
export const goldenModels = readdirSync(fileURLToPath(new URL('../golden/models', import.meta.url)));

/** The options of a call as tensors: 0 or 1. */
const optionsOf = (inputs: Readonly<Record<string, unknown>> = {}): [string, Tensor][] =>
  Object.entries(inputs).flatMap(([name, value]) =>
    typeof value === 'boolean' ? [[name, { dtype: 'I32', shape: [], data: Int32Array.of(Number(value)) }]] : [],
  );

/** A folder: the model, what is said of its cases, and their tensors. */
export async function goldenModel(name: string) {
  const folder = goldenFolder(`models/${name}`);
  const file = 'cases.json';
  const { cases, train, class: architecture } = check(described, parseJson(await readText(folder, file), file), file);
  const tensors = await readTensors(folder, 'cases.safetensors');
  return {
    loaded: await loadModel(folder),
    architecture,
    cases,
    ...(train && { train, final: withPrefix(await readTensors(folder, 'train.safetensors'), 'final/') }),
    /** Tensors of a case: `in`, `out` or `grad`. */
    of: (name: string, kind: string): Map<string, Tensor> =>
      new Map([...withPrefix(tensors, `${name}/${kind}/`), ...(kind === 'in' ? optionsOf(cases[name]?.inputs) : [])]),
  };
}
