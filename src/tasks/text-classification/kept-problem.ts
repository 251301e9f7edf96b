import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';
import type { ProblemType } from '../../models/heads/fields/classifier-fields.ts';

const configFile = 'config.json';

/**
 * The weights of a checkpoint fit several problems, so a resume with another problem would not fail by itself.
 *
 * @throws {InputError} when the checkpoint's `problem_type` differs from the recipe's.
 */
export async function refuseOtherProblem(checkpoint: Folder, problemType: ProblemType): Promise<void> {
  const where = fileIn(checkpoint, configFile);
  const json = parseJson(await readText(checkpoint, configFile), where);
  const { problem_type: was } = check(z.looseObject({ problem_type: z.string().optional() }), json, where);
  if (was === undefined || was === problemType) return;
  throw new InputError(
    `${checkpoint.name}: a resumed training needs the values it began with: problem_type was ${was}, got ${problemType}`,
  );
}
