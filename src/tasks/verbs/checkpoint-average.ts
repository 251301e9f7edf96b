import { diskFolder } from '../../io/disk-folder.ts';
import { InputError } from '../../io/error.ts';
import { removeWhole, writeWhole } from '../../io/whole-file.ts';
import { averageWeights } from '../../train/run/average.ts';
import { checkpointName, RunFolder } from '../../train/run/run-folder.ts';
import { loadCheckpoint, weightsFile } from '../../weights/checkpoint.ts';
import { safetensorsPieces } from '../../weights/safetensors.ts';
import { float32Data, float32Tensor } from '../../weights/tensor.ts';
import { heddleFile, heddleText, readHeddleFile, resultsFile } from '../folder/heddle-file.ts';
import { cardFile, modelCard } from '../folder/model-card.ts';

/**
 * Replaces the weights at a run's root by the mean of its newest `last` checkpoints, and gives their steps. The scores of
 * the weights that were there go.
 *
 * @throws {InputError} when the folder has fewer checkpoints, or they differ in their tensors.
 */
export async function averageCheckpoints(folder: string, last: number): Promise<readonly number[]> {
  const run = new RunFolder(folder);
  const steps = await run.checkpoints();
  if (steps.length < last) {
    throw new InputError(`${folder}: expected at least ${last} checkpoints (checkpoint-N), got ${steps.length}`);
  }
  const chosen = steps.slice(-last);
  const shapes = new Map<string, readonly number[]>();
  async function* weights() {
    for (const step of chosen) {
      const { tensors } = await loadCheckpoint(diskFolder(`${folder}/${checkpointName(step)}`));
      for (const [name, { shape }] of tensors) shapes.set(name, shape);
      yield new Map([...tensors].map(([name, tensor]) => [name, float32Data(tensor, name)]));
    }
  }
  const mean = await averageWeights(weights());
  const tensors = new Map([...mean].map(([name, data]) => [name, float32Tensor(shapes.get(name) ?? [], data)]));
  const made = await readHeddleFile(diskFolder(folder));
  if (made) {
    const unscored = { ...made, metrics: undefined };
    await run.write({ [heddleFile]: heddleText(unscored) });
    if (await run.has(cardFile)) await run.write({ [cardFile]: modelCard(unscored) });
  }
  await removeWhole(`${folder}/${resultsFile}`);
  await writeWhole(`${folder}/${weightsFile}`, safetensorsPieces(tensors));
  return chosen;
}
