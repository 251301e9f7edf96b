import { featureExtractionRow } from './feature-extraction/row.ts';
import { fillMaskRow } from './fill-mask/row.ts';
import { imageClassificationRow } from './image-classification/row.ts';
import type { Pipelines } from './pipeline.ts';
import { questionAnsweringRow } from './question-answering/row.ts';
import type { TaskRow, UntrainedTask } from './task.ts';
import { textClassificationRow } from './text-classification/row.ts';
import { textGenerationRow } from './text-generation/row.ts';
import { textToTextRows } from './text-to-text/row.ts';
import { tokenClassificationRow } from './token-classification/row.ts';
import { zeroShotRow } from './zero-shot-classification/row.ts';

/** Every task without recipes, by its name. */
export const untrainedTasks = { 'zero-shot-classification': zeroShotRow } satisfies Readonly<
  Record<string, UntrainedTask>
>;

/**
 * Every task with recipes, by its name. Add a task from texts to texts to `text-to-text/kinds.ts`; add any other task here, and its
 * pipeline to `pipeline.ts`, which browsers load too.
 */
export const tasks = {
  ...textToTextRows,
  'text-classification': textClassificationRow,
  'token-classification': tokenClassificationRow,
  'text-generation': textGenerationRow,
  'fill-mask': fillMaskRow,
  'feature-extraction': featureExtractionRow,
  'question-answering': questionAnsweringRow,
  'image-classification': imageClassificationRow,
} satisfies { readonly [T in Exclude<keyof Pipelines, keyof typeof untrainedTasks>]: TaskRow };

/** The name of a task with recipes. */
export type TaskName = keyof typeof tasks;

/** The names of all tasks with recipes. */
export const taskNames = Object.keys(tasks) as readonly TaskName[];

/** The row of a task with recipes. */
export const taskRow = (name: TaskName): TaskRow => tasks[name];
