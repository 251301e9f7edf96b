/** In the page: any task's pipeline on a folder that the server gives. */
import { ModelTensor, pipeline } from '../../src/tasks/web.ts';

export interface Argument {
  readonly task: Parameters<typeof pipeline>[0];
  /** Address of the model's folder. */
  readonly folder: string;
  /** What the pipeline takes: texts, pairs of texts, questions with their contexts, images. */
  readonly texts: readonly unknown[];
  /** What the pipeline takes before its options: candidate labels. */
  readonly others?: readonly (readonly string[])[];
  readonly options: Readonly<Record<string, unknown>>;
}

type Use = (...given: unknown[]) => Promise<unknown>;

export default async function usePipeline({ task, folder, texts, others = [], options }: Argument): Promise<unknown> {
  const use = await pipeline(task, folder);
  try {
    const output = await (use as Use)(texts, ...others, options);
    return output instanceof ModelTensor ? output.tolist() : output;
  } finally {
    await use.dispose();
  }
}
