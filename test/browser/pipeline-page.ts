/** In the page: any task's pipeline on a folder that the server gives. */
import { webGpuBackend } from '../../src/runtime/webgpu.ts';
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
  /** On WebGPU; otherwise on WebAssembly. */
  readonly isOnGpu?: boolean;
}

type Use = (...given: unknown[]) => Promise<unknown>;

export default async function usePipeline({
  task,
  folder,
  texts,
  others = [],
  options,
  isOnGpu,
}: Argument): Promise<unknown> {
  const use = await pipeline(task, folder, isOnGpu ? { backend: webGpuBackend() } : {});
  try {
    const output = await (use as Use)(texts, ...others, options);
    return output instanceof ModelTensor ? output.tolist() : output;
  } finally {
    await use.dispose();
  }
}
