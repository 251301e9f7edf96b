/** The thread that runs the WebAssembly engine in Node: it answers each call of `web/calls.ts` with one reply. */

import { parentPort } from 'node:worker_threads';
import { type Request, ready } from '../web/calls.ts';
import { ortEngine } from '../web/engine.ts';
import { serve } from '../web/serve.ts';
import { nodeOrt } from '../web/thread.ts';

const engine = ortEngine(nodeOrt());
parentPort?.on(
  'message',
  (request: Request) => void serve(engine, request, (reply, transfer) => parentPort?.postMessage(reply, transfer)),
);
parentPort?.postMessage(ready);
