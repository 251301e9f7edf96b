/** The engine in the calling thread of Node, which has no worker of the browser's kind. */

import { InputError } from '../io/error.ts';
import type { EngineSettings } from './web-calls.ts';
import type { Connection } from './web-connection.ts';
import { ortEngine } from './web-engine.ts';
import type { Ort } from './web-start.ts';

/** One pool and one memory serve a thread's every session, so the settings of the first start are its only ones. */
let started: { readonly settings: string; readonly connection: Promise<Connection> } | undefined;

/**
 * The package's entry for Node, the only one that starts threads there, by `require`: no bundler follows it into a page,
 * and its modules can be loaded anew, since those of a start that failed refuse every other.
 */
export function nodeOrt(): Ort {
  const { createRequire } = globalThis.process.getBuiltinModule('node:module');
  const require = createRequire(import.meta.url);
  for (const file of Object.keys(require.cache)) {
    if (/[\\/]onnxruntime-(?:web|common)[\\/]/.test(file)) delete require.cache[file];
  }
  return require('onnxruntime-web');
}

async function start(settings: EngineSettings): Promise<Connection> {
  const engine = ortEngine(nodeOrt());
  await engine.open(settings);
  return { engine, close: () => undefined };
}

/**
 * The engine of this thread, started at the first call; a start that fails is tried again at the next.
 *
 * @throws {InputError} when it runs with other settings.
 */
export function inThisThread(settings: EngineSettings): Promise<Connection> {
  const text = JSON.stringify(settings);
  if (started && started.settings !== text) {
    throw new InputError(
      `web backend: one thread has one engine, it runs with ${started.settings} and cannot also with ${text}`,
    );
  }
  if (!started) {
    const connection = start(settings);
    started = { settings: text, connection };
    connection.catch(() => {
      started = undefined;
    });
  }
  return started.connection;
}
