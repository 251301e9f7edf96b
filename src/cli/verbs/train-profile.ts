import type { Recipe } from '../../tasks/recipe/schema.ts';
import { profileRecipe } from '../../tasks/verbs/profile-recipe.ts';
import { endAtSignal } from '../interruption.ts';
import { note, printLine } from '../output.ts';

/** Profiles a training: advice and the place of the trace on stderr, that of the page on stdout. */
export async function profileTraining(
  recipe: Recipe,
  { out, updates }: { readonly out: string; readonly updates: number | undefined },
): Promise<void> {
  endAtSignal();
  const { profile, bare, advice, notes, page, trace } = await profileRecipe(recipe, {
    out,
    updates,
    say: note,
  });
  const { time, products } = profile;
  note(
    `a step takes ${time.step.toFixed(1)} ms, ${((100 * time.outside) / time.step).toFixed(1)} % of it outside the engine; ` +
      `matrix products run at ${Math.round(products.rate)} GFLOP/s, bare ones at ${Math.round(bare.rate)}`,
  );
  for (const text of [...advice.map((one) => one.text), ...notes]) note(text);
  note(`https://ui.perfetto.dev opens ${trace}`);
  await printLine(page);
}
