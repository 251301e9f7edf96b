/** Recipes of pages serve those who bring little data. */
import { expect, test } from 'vitest';
import { parseRecipe } from '../../src/tasks/recipe/recipe.ts';
import type { TrainArguments } from '../../src/train/arguments.ts';
import { completeArguments, updatesOf } from '../../src/train/complete-arguments.ts';
import { blocksIn } from './page.ts';

/** So few texts, so short: their batches are an epoch. */
const few = { texts: 500, tokens: 12 };

interface Batch {
  readonly max_tokens_per_batch: number;
  readonly per_device_train_batch_size?: number;
}

/** What a training of few texts would be. */
function trainingOf(text: string, place: string): TrainArguments & { readonly updates: number } {
  const { train } = parseRecipe(text, place);
  const { max_tokens_per_batch, per_device_train_batch_size: most = few.texts }: Batch = train;
  const batches = Math.ceil(few.texts / Math.min(most, Math.floor(max_tokens_per_batch / few.tokens)));
  const args = completeArguments(train, batches);
  return { ...args, updates: updatesOf(args, batches) };
}

/** Those that start from a trained model make few updates on purpose. */
const recipes = blocksIn('yaml').filter(({ text }) => text.startsWith('task:') && !text.includes('model_name_or_path'));

test.each(recipes.map(({ place, text }) => [place, text]))(
  'the recipe of %s makes a thousand updates of 500 short texts, most of them after the warm-up, and is evaluated on the way',
  (place, text) => {
    const { updates, warmup_steps, eval_steps } = trainingOf(text, place);
    expect(updates).toBeGreaterThanOrEqual(1000);
    expect(warmup_steps).toBeLessThan(updates / 3);
    expect(eval_steps).toBeLessThan(updates / 3);
  },
);
