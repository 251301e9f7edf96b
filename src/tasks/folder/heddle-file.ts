import * as z from 'zod';
import { check } from '../../io/check.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';

/** The content of `heddle.json`: task, recipe, scores. */
export const heddleFile = 'heddle.json';
/** Only the scores. */
export const resultsFile = 'eval_results.json';

const content = z.looseObject({
  task: z.string().optional(),
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
export const heddleText = ({ task, recipe, data, parameters, metrics }: HeddleFile): string =>
  `${JSON.stringify({ task, recipe, data, parameters, metrics }, null, 2)}\n`;
