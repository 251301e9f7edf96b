/** What must be removed if the process exits during its work: temporary files, locks. */
const leftovers = new Set<() => void>();

function removeAll(): void {
  for (const remove of leftovers) {
    try {
      remove();
    } catch {
      // The process is ending: the next process recognises what is left and removes it.
    }
  }
}

/**
 * Calls `remove`, which must be synchronous, when the process exits, unless the returned function was called first. A
 * process that is killed calls nothing.
 */
export function removeAtExit(remove: () => void): () => void {
  if (leftovers.size === 0) process.once('exit', removeAll);
  leftovers.add(remove);
  return () => {
    leftovers.delete(remove);
    if (leftovers.size === 0) process.off('exit', removeAll);
  };
}
