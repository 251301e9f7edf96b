/** In the page: any task's pipeline on a folder that the server gives. */
import { pipeline } from '../../src/tasks/web.ts';

export interface Argument {
  readonly task: Parameters<typeof pipeline>[0];
  /** Address of the model's folder. */
  readonly folder: string;
  /** What the pipeline reads: texts, pairs of texts, images. */
  readonly texts: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

type Use = (texts: Argument['texts'], options: Readonly<Record<string, unknown>>) => Promise<unknown>;

export default async function usePipeline({ task, folder, texts, options }: Argument): Promise<unknown> {
  const use = await pipeline(task, folder);
  try {
    return await (use as Use)(texts, options);
  } finally {
    await use.dispose();
  }
}
