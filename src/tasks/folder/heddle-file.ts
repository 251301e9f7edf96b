import * as z from 'zod';
import { check } from '../../io/check.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';

/** The content of `heddle.json`: task, recipe, scores. */
export const heddleFile = 'heddle.json';
/** Only the scores. */
export const resultsFile = 'eval_results.json';

const baseModel = z.object({
  name: z.string(),
  sha256: z.string(),
  /** What its model card says. */
  license: z.string().optional(),
  license_name: z.string().optional(),
  license_link: z.string().optional(),
  language: z.union([z.string(), z.array(z.string()).readonly()]).optional(),
});

/** The model that a run started from: the name of its folder, the SHA-256 of its weights, and what its card says. */
export type BaseModel = z.output<typeof baseModel>;

const content = z.looseObject({
  task: z.string().optional(),
  /** Absent for a model that was trained from nothing. */
  base_model: baseModel.optional(),
  recipe: z.record(z.string(), z.unknown()).optional(),
  /** Number of samples per set: `train`, `validation`, `test`. */
  data: z.record(z.string(), z.number()).optional(),
  /** Number of weights. */
  parameters: z.int().optional(),
  metrics: z.record(z.string(), z.union([z.number(), z.string(), z.null()])).optional(),
});

/** What a model folder says about how it was made; Hugging Face's own folders have no such file. */
export type HeddleFile = z.output<typeof content>;

/** @throws {InputError} when the file exists but cannot be read. */
export async function readHeddleFile(folder: Folder): Promise<HeddleFile | undefined> {
  if (!(await folder.has(heddleFile))) return undefined;
  const where = fileIn(folder, heddleFile);
  return check(content, parseJson(await readText(folder, heddleFile), where), where);
}

/** The text of `heddle.json`; `metrics` only once the model has been scored. */
export const heddleText = ({ task, base_model, recipe, data, parameters, metrics }: HeddleFile): string =>
  `${JSON.stringify({ task, base_model, recipe, data, parameters, metrics }, null, 2)}\n`;
