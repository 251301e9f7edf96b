/**
 * The engine could not start, or ended early, because of its environment (a missing file, a page's security policy, a
 * worker that does not load, a lost GPU), not because of its input. Its programs are gone.
 */
export class EngineError extends Error {
  override readonly name: string = 'EngineError';
}

/**
 * A run failed, as when its inputs do not fit together, and its program cannot run again: it keeps results on a GPU, where a
 * session that has failed once repeats its error. The engine and its other programs go on.
 */
export class SpentProgramError extends Error {
  override readonly name: string = 'SpentProgramError';
}
