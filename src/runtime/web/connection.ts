/** The page's side of an engine in a worker. */

import { InputError } from '../../io/error.ts';
import type { HostTensor } from '../backend.ts';
import { EngineError, SpentProgramError } from '../engine-error.ts';
import { hostArray } from '../signature.ts';
import { type Calls, type Engine, isKept, type Reply, type Request, ready } from './calls.ts';
import { messageOf } from './start.ts';

/** An engine and a way to end it. */
export interface Connection {
  readonly engine: Engine;
  /** Whether the worker has ended, so that every call fails. */
  readonly isBroken: boolean;
  /** Ends the worker and its threads; calls in flight fail. */
  close(): void;
}

/** The interface needed of a worker: a browser's `Worker`, or another kind of thread. */
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

/** A copy of only the tensor's data, not of the buffer it may be a view of: memory that can be transferred. */
function copied({ data }: HostTensor): ArrayBuffer {
  const memory = new ArrayBuffer(data.byteLength);
  new Uint8Array(memory).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return memory;
}

/** Milliseconds within which the worker's script must load and report that it runs. */
const startLimit = 20_000;

const advice =
  'it is "heddle/worker", bundled beside the page\'s script as web-worker.js or started by webBackend({ worker })';

/** Types of errors that survive the way from the worker. */
const errorTypes: Readonly<Record<string, new (message: string) => Error>> = {
  EngineError,
  InputError,
  SpentProgramError,
};

/**
 * Starts a worker and returns its engine, once its script runs; calls are sent as messages.
 *
 * @throws {EngineError} when it does not start.
 */
export async function connect(start: () => EngineWorker): Promise<Connection> {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (reason: Error) => void }>();
  let next = 1;
  let broken: Error | undefined;
  const worker = started(start);

  const fail = (reason: Error): void => {
    broken ??= reason;
    worker.terminate();
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  };
  const isRunning = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }));
  const timer = setTimeout(() => {
    fail(new EngineError(`web backend: the worker did not answer within ${startLimit / 1000} s; ${advice}`));
  }, startLimit);
  worker.addEventListener('error', ({ message, filename }) => {
    const reason = message ? `${message} ${filename ?? ''}`.trimEnd() : `its script did not load; ${advice}`;
    fail(new EngineError(`web backend: the worker failed: ${reason}`));
  });
  worker.addEventListener('messageerror', () => fail(new Error('web backend: a reply could not be read')));
  worker.addEventListener('message', ({ data }) => {
    const reply = data as Reply | typeof ready;
    const id = reply === ready ? 0 : reply.id;
    const call = waiting.get(id);
    waiting.delete(id);
    if (reply === ready) call?.resolve(undefined);
    else if (id === 0 && 'error' in reply) fail(revived(reply.error));
    else if ('error' in reply) call?.reject(revived(reply.error));
    else call?.resolve(reply.value);
  });
  await isRunning.finally(() => clearTimeout(timer));

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

  /** Frees something; a worker that has ended has freed everything. */
  const free = <K extends 'release' | 'drop'>(call: K, argument: Calls[K]['in']): Promise<undefined> =>
    send(call, argument).catch((error: unknown) => {
      if (broken === undefined) throw error;
      return undefined;
    });

  const engine: Engine = {
    open: (settings) => send('open', settings),
    compile: ({ model, ...options }) => {
      const bytes = model.slice();
      return send('compile', { model: bytes, ...options }, [bytes.buffer]);
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
    read: (tensor) => send('read', tensor),
    release: (program) => free('release', program),
    drop: (tensor) => free('drop', tensor),
  };
  return {
    engine,
    get isBroken() {
      return broken !== undefined;
    },
    close: () => fail(new Error('web backend: closed')),
  };
}

/** Creates the worker, or reports why the browser refused: a security policy, a script of another origin. */
function started(start: () => EngineWorker): EngineWorker {
  try {
    return start();
  } catch (error) {
    throw new EngineError(`web backend: the worker was refused: ${messageOf(error)}`);
  }
}

function revived({ name, message }: { readonly name: string; readonly message: string }): Error {
  return new (errorTypes[name] ?? Error)(message);
}
