/** The golden Marian: a small trained model and what Transformers generated with it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { GenerationConfig } from '../../src/decode/index.ts';
import type { SequenceToSequenceModel } from '../../src/models/body/decoder.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { parseSafetensors } from '../../src/weights/safetensors.ts';
import { float32Data, type Tensor } from '../../src/weights/tensor.ts';

const path = (file: string) => fileURLToPath(new URL(`../golden/models/marian/${file}`, import.meta.url));
export const readJson = (file: string) => JSON.parse(readFileSync(path(file), 'utf8'));
export const readTensors = (file: string): ReadonlyMap<string, Tensor> =>
  parseSafetensors(readFileSync(path(file)), file).tensors;

const setup = inRole(checkConfig(readJson('config.json'), 'config.json'), 'sequence-to-sequence', 'golden');

export const goldenModel: SequenceToSequenceModel = setup.model;

/** Sizes and ids that the golden's `config.json` gives. */
export const goldenTokens = setup.tokens;

export const goldenParameters = new Map(
  [...readTensors('model.safetensors')].map(([name, tensor]) => [name, float32Data(tensor, name)]),
);

export const goldenConfig: GenerationConfig = readJson('generation_config.json');

/** One call of Transformers' `generate`. */
export interface GoldenGeneration {
  readonly name: string;
  readonly kwargs: GenerationConfig;
  readonly sequences: number[][];
  readonly sequences_scores?: number[];
}

export const goldenCases: { readonly generation: GoldenGeneration[] } = readJson('cases.json');

const { input_ids, attention_mask } = readJson('cases.json').cases.padded.inputs;
/** The sentences that all of them generate for. */
export const goldenSources: { input_ids: number[][]; attention_mask: number[][] } = {
  input_ids: input_ids.values,
  attention_mask: attention_mask.values,
};
