/**
 * The engine could not start, or ended early, because of its environment (a missing file, a page's security policy, a
 * worker that does not load), not because of its input; or a run failed on a GPU, after which its program cannot run again.
 */
export class EngineError extends Error {
  override readonly name: string = 'EngineError';
}
