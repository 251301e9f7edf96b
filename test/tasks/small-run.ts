/** Trainings of a sample of a task, in a folder of their own. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeBackend } from '../../src/runtime/node.ts';
import { parseRecipe } from '../../src/tasks/recipe/recipe.ts';
import type { Recipe } from '../../src/tasks/recipe/schema.ts';
import { type TrainRecipeOptions, type TrainResult, trainRecipe } from '../../src/tasks/verbs/train-recipe.ts';
import type { TaskSample } from './task-sample.ts';

/** Settings that leave the validation set out, and with it when it is looked at. */
export const unvalidated = ['data.validation=null', 'train.eval_steps=null'];

/** What a training needs of a sample. */
type Trainable = Pick<TaskSample, 'recipe' | 'files' | 'binaries'>;

/** A folder with a sample's recipe and its data in `data`; `remove` removes it. */
export class SmallRun<Sample extends Trainable = Trainable> {
  readonly folder: string;
  readonly sample: Sample;
  private constructor(folder: string, sample: Sample) {
    this.folder = folder;
    this.sample = sample;
  }

  static async make<Sample extends Trainable>(sample: Sample): Promise<SmallRun<Sample>> {
    const run = new SmallRun(await mkdtemp(join(tmpdir(), 'heddle-run-')), sample);
    await run.write('recipe.yaml', sample.recipe);
    for (const [name, content] of Object.entries({ ...sample.files, ...sample.binaries }))
      await run.write(`data/${name}`, content);
    return run;
  }

  /** Settings that leave the validation set out, and with it all that acts on it. */
  get unvalidated(): string[] {
    const writes = this.sample.recipe.includes('predict_with_generate');
    return [...unvalidated, ...(writes ? ['train.predict_with_generate=null'] : [])];
  }

  at(...path: string[]): string {
    return join(this.folder, ...path);
  }

  async write(path: string, content: string | Uint8Array): Promise<void> {
    await mkdir(join(this.at(path), '..'), { recursive: true });
    await writeFile(this.at(path), content);
  }

  async json(...path: string[]) {
    return JSON.parse(await readFile(this.at(...path), 'utf8'));
  }

  recipe(...settings: string[]): Recipe {
    return parseRecipe(this.sample.recipe, 'recipe.yaml', [`data.root=${this.at('data')}`, ...settings]);
  }

  /** Trains into `out` below the folder. */
  async train(out: string, settings: string[] = [], options: Partial<TrainRecipeOptions> = {}): Promise<TrainResult> {
    return trainRecipe(this.recipe(...settings), { out: this.at(out), backend: nodeBackend(), ...options });
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
