interface Shared {
  readonly listeners: Set<() => void>;
  readonly onEvent: () => void;
}

/** What listens to each signal. */
const bySignal = new WeakMap<AbortSignal, Shared>();

function listenTo(signal: AbortSignal): Shared {
  const listeners = new Set<() => void>();
  const onEvent = () => {
    for (const listener of listeners) listener();
  };
  signal.addEventListener('abort', onEvent);
  const shared = { listeners, onEvent };
  bySignal.set(signal, shared);
  return shared;
}

/**
 * Calls `listener` when the signal is aborted. Returns a function that ends this.
 *
 * All listeners share one event listener of the signal: when more than ten calls share a signal, Node would take their
 * event listeners for a leak and print a warning.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (!signal) return () => undefined;
  const shared = bySignal.get(signal) ?? listenTo(signal);
  const own = () => listener();
  shared.listeners.add(own);
  return () => {
    if (!shared.listeners.delete(own) || shared.listeners.size > 0) return;
    signal.removeEventListener('abort', shared.onEvent);
    bySignal.delete(signal);
  };
}
