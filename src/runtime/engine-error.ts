/**
 * The engine could not start, or ended early: what it runs in is at fault (a missing file, a page's security policy, a
 * worker that does not load), not what it was given.
 */
export class EngineError extends Error {
  override readonly name: string = 'EngineError';
}
