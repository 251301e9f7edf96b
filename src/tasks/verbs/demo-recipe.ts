import { join } from 'node:path';
import type { DateCounts } from '../../data/dates/date-example.ts';
import { makeDateExamples } from '../../data/dates/date-example.ts';
import { writeWhole } from '../../io/whole-file.ts';

/** The number of dates per split; those of validation and test never occur in training. */
const demoCounts: DateCounts = { train: 20_000, validation: 200, test: 1_000 };
const demoSeed = 42;

/** The folder of the data inside the demo's folder. */
export const dataFolder = 'data';
/** The demo’s recipe, as stored in its folder. */
export const demoRecipeFile = 'recipe.yaml';

/** What the demo learns, and how: small enough for a minute on two cores. */
const recipeText = (
  folder: string,
): string => `# Dates written in many ways, in English and Korean, to ISO 8601. Made by \`heddle demo\`; to train it again:
#   heddle train ${join(folder, demoRecipeFile)} --out another
task: translation
data:
  root: ${JSON.stringify(join(folder, dataFolder))}
  train: { source: train.source, target: train.target }
  validation: { source: validation.source, target: validation.target }
  test: { source: test.source, target: test.target }
tokenizer: { kind: bpe, vocab_size: 73, shared: true, byte_level: false } # as many as there are characters: no merges
model:
  model_type: marian
  d_model: 64
  encoder_layers: 2
  decoder_layers: 2
  encoder_attention_heads: 4
  decoder_attention_heads: 4
  encoder_ffn_dim: 256
  decoder_ffn_dim: 256
  dropout: 0             # nearly every example is new, so the model cannot memorise them
  max_position_embeddings: 64
  init_std: 0.125        # 1/sqrt(d_model)
train:
  max_steps: 1000
  max_tokens_per_batch: 512
  gradient_accumulation_steps: 2 # a batch holds dates of similar length, so of few formats; two batches mix them
  max_length: 64
  optim: adam
  learning_rate: 3e-3
  lr_scheduler_type: linear
  warmup_steps: 200
  label_smoothing_factor: 0
  logging_steps: 50
  eval_steps: 250
  save_steps: 1000
  seed: ${demoSeed}
generation: { num_beams: 4, max_new_tokens: 16 }
`;

/** Writes the demo's data and recipe into its folder and returns the recipe's path. */
export async function writeDemoRecipe(folder: string): Promise<string> {
  for (const [split, text] of Object.entries(makeDateExamples(demoSeed, demoCounts))) {
    for (const side of ['source', 'target'] as const) {
      await writeWhole(join(folder, dataFolder, `${split}.${side}`), `${text[side].join('\n')}\n`);
    }
  }
  const file = join(folder, demoRecipeFile);
  await writeWhole(file, recipeText(folder));
  return file;
}
