/** The engine in the calling thread of Node, which has no browser workers. */

import { InputError } from '../../io/error.ts';
import type { EngineSettings } from './calls.ts';
import type { Connection } from './connection.ts';
import { ortEngine } from './engine.ts';
import type { Ort } from './start.ts';

/** All sessions of a thread share one pool and one memory, so the settings of the first start apply to all. */
let started: { readonly settings: string; readonly connection: Promise<Connection> } | undefined;

/**
 * Loads the package's entry for Node, the only one that starts threads there, with `require`. So no bundler includes it
 * in a page, and after a failed start its modules can be loaded again, which is necessary because they refuse to start
 * twice.
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
  return { engine, isBroken: false, close: () => undefined };
}

/**
 * The engine of this thread, started by the first call; after a failed start, the next call tries again.
 *
 * @throws {InputError} when it already runs with other settings.
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
