/** The worker in which the engine runs in a browser: answers the calls of `web-calls.ts`, one reply for each. */

import type { Request } from './web-calls.ts';
import { ortEngine } from './web-engine.ts';
import { serve } from './web-serve.ts';

// A bundler may put ONNX Runtime into this very file, which then is loaded again for each thread of its pool.
if (!self.name.startsWith('em-pthread')) {
  const engine = ortEngine();
  globalThis.addEventListener(
    'message',
    (event: MessageEvent<Request>) =>
      void serve(engine, event.data, (reply, transfer) => globalThis.postMessage(reply, { transfer })),
  );
}
