import { diskFolder } from '../../io/disk-folder.ts';
import { InputError } from '../../io/error.ts';
import { removeWhole } from '../../io/whole-file.ts';
import { type LoadedModel, loadModel } from '../../models/folder/load.ts';
import { saveModelFiles } from '../../models/folder/save.ts';
import { averageWeights } from '../../train/run/average.ts';
import { checkpointName, RunFolder } from '../../train/run/run-folder.ts';
import { weightsFile } from '../../weights/checkpoint.ts';
import { heddleFile, heddleText, readHeddleFile, resultsFile } from '../folder/heddle-file.ts';
import { cardFile, modelCard } from '../folder/model-card.ts';

/**
 * Replaces the weights at a run's root with the mean of its newest `last` checkpoints, and returns their steps. Removes
 * the scores of the old weights.
 *
 * @throws {InputError} when the folder has fewer checkpoints, another process uses it, or the checkpoints have
 *   different parameters.
 */
export async function averageCheckpoints(folder: string, last: number): Promise<readonly number[]> {
  const run = new RunFolder(folder);
  await newest(run, last);
  try {
    await run.hold();
    return await averageIn(run, await newest(run, last));
  } finally {
    await run.close();
  }
}

async function newest(run: RunFolder, last: number): Promise<readonly number[]> {
  const steps = await run.checkpoints();
  if (steps.length >= last) return steps.slice(-last);
  throw new InputError(`${run.path}: expected at least ${last} checkpoints (checkpoint-N), got ${steps.length}`);
}

async function averageIn(run: RunFolder, steps: readonly number[]): Promise<readonly number[]> {
  let model: LoadedModel | undefined;
  async function* weights() {
    for (const step of steps) {
      model = await loadModel(diskFolder(`${run.path}/${checkpointName(step)}`));
      if (model.isInt8) throw new InputError(`${model.name}: its weights are int8, which are not averaged`);
      yield model.parameters;
    }
  }
  const mean = await averageWeights(weights());
  const files = saveModelFiles(model as LoadedModel, mean);
  const made = await readHeddleFile(diskFolder(run.path));
  if (made) {
    const unscored = { ...made, metrics: undefined };
    await run.write({ [heddleFile]: heddleText(unscored) });
    if (await run.has(cardFile))
      await run.write({
        [cardFile]: modelCard(unscored, model && { ...model.config, architecture: model.architecture }),
      });
  }
  await removeWhole(`${run.path}/${resultsFile}`);
  await run.write({ [weightsFile]: files.get(weightsFile) ?? [] });
  return steps;
}
