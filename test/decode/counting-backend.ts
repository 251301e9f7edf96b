/** A real engine that counts its sessions. */
import type { Backend } from '../../src/runtime/backend.ts';
import { observedBackend } from '../runtime/observed-backend.ts';

/** What an engine compiled so far. */
export interface SessionCount {
  readonly backend: Backend;
  /** Sessions compiled, whether they still exist or not. */
  readonly compiled: number;
  /** Sessions that exist now. */
  readonly live: number;
  /** The most that existed at once. */
  readonly most: number;
}

/** Counts what `backend` compiles and what is disposed of. */
export function countingBackend(backend: Backend): SessionCount {
  const count = { compiled: 0, live: 0, most: 0 };
  const counted = observedBackend(backend, {
    compiled() {
      count.compiled++;
      count.live++;
      count.most = Math.max(count.most, count.live);
    },
    disposed: () => count.live--,
  });
  return {
    backend: counted,
    get compiled() {
      return count.compiled;
    },
    get live() {
      return count.live;
    },
    get most() {
      return count.most;
    },
  };
}
