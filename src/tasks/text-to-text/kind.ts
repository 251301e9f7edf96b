import type * as z from 'zod';
import type { TextToTextRecipe } from './recipe.ts';
import type { TextScore } from './score.ts';

/** Everything that is particular to one task from texts to texts. */
export interface TextToTextKind {
  /** The field of a pipeline's result that holds the text; the names are transformers.js'. */
  readonly field: string;
  /** The form of its recipes. */
  readonly recipe: z.ZodType<TextToTextRecipe>;
  /** The Python classes whose checkpoints are for it, where a folder has no `heddle.json`. */
  readonly architectures: RegExp;
  /** How what is written is compared with what is right. */
  readonly scorer: TextScore;
}
