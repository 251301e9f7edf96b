/** Dates as training data on disk, and a recipe that learns a little of them in a second or two. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDateExamples } from '../../src/data/date-example.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { parseRecipe } from '../../src/tasks/recipe.ts';
import type { Recipe } from '../../src/tasks/recipe-schema.ts';
import { type TrainRecipeOptions, type TrainResult, trainRecipe } from '../../src/tasks/train-recipe.ts';

const recipeText = `task: translation
data:
  train: { source: train.source, target: train.target }
  validation: { source: validation.source, target: validation.target }
  test: { source: test.source, target: test.target }
tokenizer: { vocab_size: 90, byte_level: false }
model:
  model_type: marian
  d_model: 16
  encoder_layers: 1
  decoder_layers: 1
  encoder_attention_heads: 2
  decoder_attention_heads: 2
  encoder_ffn_dim: 32
  decoder_ffn_dim: 32
  max_position_embeddings: 64
train:
  max_steps: 6
  max_tokens_per_batch: 512
  max_length: 64
  warmup_steps: 4
  logging_steps: 2
  eval_steps: 3
  save_steps: 3
  predict_with_generate: false
generation: { num_beams: 2, max_new_tokens: 12 }
`;

/** A folder with the data; `remove` removes it. */
export class DateRun {
  readonly folder: string;
  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<DateRun> {
    const run = new DateRun(await mkdtemp(join(tmpdir(), 'heddle-dates-')));
    for (const [split, text] of Object.entries(makeDateExamples(1, { train: 300, validation: 12, test: 8 }))) {
      for (const side of ['source', 'target'] as const) await run.write(`data/${split}.${side}`, text[side].join('\n'));
    }
    return run;
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
    return parseRecipe(recipeText, 'recipe.yaml', [`data.root=${this.at('data')}`, ...settings]);
  }

  /** Trains into `out` below the folder. */
  train(out: string, settings: string[] = [], options: Partial<TrainRecipeOptions> = {}): Promise<TrainResult> {
    return trainRecipe(this.recipe(...settings), { out: this.at(out), backend: nodeBackend(), ...options });
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
