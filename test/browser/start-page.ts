/** In the page: starts the engine, again after a start that failed. */
import { type WebOptions, webBackend } from '../../src/runtime/web.ts';
import { onnxBytes } from '../runtime/onnx-bytes.ts';

export interface Argument {
  readonly options: WebOptions;
  /** Calls of `compile`, one after the other. */
  readonly calls: number;
}

const copy = onnxBytes({
  inputs: [{ name: 'x', type: 'float32', shape: ['N'] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['N'] }],
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
});

/** What each call ended with: `ran`, or its error. */
export default async function start({ options, calls }: Argument): Promise<readonly string[]> {
  const backend = webBackend(options);
  const outcomes: string[] = [];
  for (let i = 0; i < calls; i++) {
    const outcome = backend.compile(copy).then(() => 'ran', String);
    outcomes.push(await outcome);
  }
  await backend.close();
  return outcomes;
}
