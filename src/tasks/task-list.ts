import { fillMaskRow } from './fill-mask/row.ts';
import { imageClassificationRow } from './image-classification/row.ts';
import type { Pipelines } from './pipeline.ts';
import type { TaskRow } from './task.ts';
import { textClassificationRow } from './text-classification/row.ts';
import { textGenerationRow } from './text-generation/row.ts';
import { textToTextRows } from './text-to-text/row.ts';
import { tokenClassificationRow } from './token-classification/row.ts';

/**
 * Every task by its name. Add a task from texts to texts to `text-to-text/kinds.ts`; add any other task here, and its
 * pipeline to `pipeline.ts`, which browsers load too.
 */
export const tasks = {
  ...textToTextRows,
  'text-classification': textClassificationRow,
  'token-classification': tokenClassificationRow,
  'text-generation': textGenerationRow,
  'fill-mask': fillMaskRow,
  'image-classification': imageClassificationRow,
} satisfies { readonly [T in keyof Pipelines]: TaskRow };

/** The name of a task. */
export type TaskName = keyof typeof tasks;

/** The names of all tasks. */
export const taskNames = Object.keys(tasks) as readonly TaskName[];

/** The row of a task. */
export const taskRow = (name: TaskName): TaskRow => tasks[name];
