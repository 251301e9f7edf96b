import { textDigest } from '../../data/batch/digest.ts';
import { planWindows, type WindowOptions } from '../../data/batch/text-window.ts';
import { positionNotes } from '../run/position-note.ts';
import type { RunSetup } from '../run/recipe-model.ts';
import { mapSplits } from '../run/split.ts';
import type { PreparedTask } from '../run/task-run.ts';
import { type TextGenerationData, textGenerationNotes } from './data.ts';
import type { TextGenerationRecipe } from './recipe.ts';
import { type BlockedText, blockedText, languageEvaluator, lowerIsBetter } from './score.ts';
import { windowsFrom } from './window-batch.ts';

/** A loaded recipe for a language model. A sample is a block of `block_size` tokens. */
export function languageModelTraining(
  recipe: TextGenerationRecipe,
  setup: RunSetup<'causal'>,
  data: TextGenerationData,
): PreparedTask<BlockedText> {
  const { train, generation } = recipe;
  const { block_size, max_tokens_per_batch, per_device_train_batch_size, seed, label_smoothing_factor } = train;
  const windows_per_batch = per_device_train_batch_size ?? Math.floor(max_tokens_per_batch / block_size);
  const windows: WindowOptions = { block_size, windows_per_batch, seed };
  const { ids } = data.text.train;
  const { validation } = data.text;
  const blocked = mapSplits(data.text, (text) => blockedText(text, block_size));
  return {
    setup,
    maxTokens: block_size,
    lossOptions: { labelSmoothing: label_smoothing_factor },
    train: {
      samples: blocked.train.samples,
      plan: (epoch) => planWindows(ids.length, windows, epoch, `data ${recipe.data.train}`),
      batch: (starts) => windowsFrom(ids, starts, block_size),
    },
    sets: blocked,
    evaluator: (backend) => languageEvaluator(setup.model, backend, train),
    dataDigest: textDigest(ids, ...(validation ? [validation.ids] : [])),
    notes: [...textGenerationNotes(data), ...positionNotes(recipe, setup.tokens.maxTokens, ['block_size', block_size])],
    files: data.files,
    generation,
    lowerIsBetter,
  };
}
