/** The engine in a worker, seen from the page. */

import type { HostTensor } from './backend.ts';
import { hostArray } from './signature.ts';
import { type Calls, type Engine, isKept, type Reply, type Request } from './web-calls.ts';

/** An engine and how to end it. */
export interface Connection {
  readonly engine: Engine;
  /** Ends the worker and its threads; calls under way fail. */
  close(): void;
}

/** What is asked of a worker: a browser's `Worker`, or another kind of thread in its form. */
export interface EngineWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'messageerror', listener: () => void): void;
  addEventListener(
    type: 'error',
    listener: (event: { readonly message?: string; readonly filename?: string }) => void,
  ): void;
  terminate(): void;
}

/** A copy of a tensor's data alone, not of the buffer it may be a window into: memory that can be handed over. */
function copied({ data }: HostTensor): ArrayBuffer {
  const memory = new ArrayBuffer(data.byteLength);
  new Uint8Array(memory).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return memory;
}

/** The engine of a worker, by messages. */
export function connect(worker: EngineWorker): Connection {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (reason: Error) => void }>();
  let next = 1;
  let broken: Error | undefined;

  const fail = (reason: Error): void => {
    broken ??= reason;
    worker.terminate();
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  };
  worker.addEventListener('error', ({ message, filename }) =>
    fail(new Error(`web backend: the worker failed: ${message ?? 'its script did not load'} ${filename ?? ''}`.trim())),
  );
  worker.addEventListener('messageerror', () => fail(new Error('web backend: a reply could not be read')));
  worker.addEventListener('message', ({ data }) => {
    const reply = data as Reply;
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) call?.reject(new Error(reply.error));
    else call?.resolve(reply.value);
  });

  function send<K extends keyof Calls>(
    call: K,
    argument: Calls[K]['in'],
    transfer: ArrayBuffer[] = [],
  ): Promise<Calls[K]['out']> {
    if (broken) return Promise.reject(broken);
    const request: Request<K> = { id: next++, call, argument };
    return new Promise((resolve, reject) => {
      waiting.set(request.id, { resolve: (value) => resolve(value as Calls[K]['out']), reject });
      worker.postMessage(request, transfer);
    });
  }

  const engine: Engine = {
    open: (settings) => send('open', settings),
    compile: (model) => {
      const bytes = model.slice();
      return send('compile', bytes, [bytes.buffer]);
    },
    run: (request) => {
      const memory: ArrayBuffer[] = [];
      const feeds = Object.entries(request.feeds).map(([name, tensor]) => {
        if (isKept(tensor)) return [name, tensor];
        const copy = copied(tensor);
        memory.push(copy);
        return [name, { ...tensor, data: hostArray(tensor.type, copy) }];
      });
      return send('run', { ...request, feeds: Object.fromEntries(feeds) }, memory);
    },
    release: (program) => send('release', program),
    drop: (tensor) => send('drop', tensor),
  };
  return { engine, close: () => fail(new Error('web backend: closed')) };
}
