import type * as z from 'zod';
import type { TextToTextRecipe } from './recipe.ts';
import type { TextScore } from './score.ts';

/** Everything that is specific to one task from texts to texts. */
export interface TextToTextKind {
  /** The field of a pipeline's result that contains the text, named as in transformers.js. */
  readonly field: string;
  /** The schema of its recipes. */
  readonly recipe: z.ZodType<TextToTextRecipe>;
  /** How outputs are compared with references. */
  readonly scorer: TextScore;
}
