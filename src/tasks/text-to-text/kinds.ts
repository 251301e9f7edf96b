import type { TextToTextKind } from './kind.ts';
import { summarization } from './summarization.ts';
import { text2TextGeneration } from './text2text-generation.ts';
import { translation } from './translation.ts';

/** Every task from texts to texts by its name; rows, pipelines, scores and recipes follow from this list. */
export const textToTextKinds = {
  translation,
  summarization,
  'text2text-generation': text2TextGeneration,
} satisfies Record<string, TextToTextKind>;

/** A task from texts to texts. */
export type TextToTextTask = keyof typeof textToTextKinds;

/** One value per task from texts to texts. */
export const byKind = <V>(make: (task: TextToTextTask) => V): { readonly [T in TextToTextTask]: V } =>
  Object.fromEntries((Object.keys(textToTextKinds) as TextToTextTask[]).map((task) => [task, make(task)] as const)) as {
    [T in TextToTextTask]: V;
  };
