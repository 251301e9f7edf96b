/** The thread in which the WebAssembly engine runs in Node: answers the calls of `web-calls.ts`, one reply for each. */

import { parentPort } from 'node:worker_threads';
import { type Request, ready } from './web-calls.ts';
import { ortEngine } from './web-engine.ts';
import { serve } from './web-serve.ts';
import { nodeOrt } from './web-thread.ts';

const engine = ortEngine(nodeOrt());
parentPort?.on(
  'message',
  (request: Request) => void serve(engine, request, (reply, transfer) => parentPort?.postMessage(reply, transfer)),
);
parentPort?.postMessage(ready);
