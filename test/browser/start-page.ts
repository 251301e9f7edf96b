/** In the page: starts the engine, again after a start that failed. */
import { type WebOptions, webBackend } from '../../src/runtime/web.ts';
import { onnxBytes } from '../runtime/onnx-bytes.ts';

export interface Argument {
  readonly options: WebOptions;
  /** Calls of `compile`, one after the other. */
  readonly calls: number;
  /** Where the calls are made: in the page, or in a worker that it starts. */
  readonly where: 'page' | 'worker';
}

const copy = onnxBytes({
  inputs: [{ name: 'x', type: 'float32', shape: ['N'] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['N'] }],
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
});

/** Calls this module in a worker. */
function inWorker(argument: Argument): Promise<readonly string[]> {
  const work = `import start from '${import.meta.url}'; postMessage(await start(${JSON.stringify(argument)}));`;
  const worker = new Worker(URL.createObjectURL(new Blob([work], { type: 'text/javascript' })), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data));
    worker.addEventListener('error', ({ message }) => reject(new Error(message)));
  });
}

/** What each call ended with: `ran`, or its error. */
export default async function start({ options, calls, where }: Argument): Promise<readonly string[]> {
  if (where === 'worker') return inWorker({ options, calls, where: 'page' });
  const backend = webBackend(options);
  const outcomes: string[] = [];
  for (let i = 0; i < calls; i++) {
    const outcome = backend.compile(copy).then(() => 'ran', String);
    outcomes.push(await outcome);
  }
  await backend.close();
  return outcomes;
}
