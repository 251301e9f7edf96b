/** One continuation: a token after the path of a beam, with the score of the whole. */
export interface Candidate {
  readonly beam: number;
  readonly token: number;
  readonly score: number;
  readonly sample: number;
}

/**
 * A sequence that can still grow: its last token, and the path before it. Paths with the same beginning share it, so that one
 * more token costs the same however long the path is; a search makes hundreds in every step.
 */
export class Path implements Candidate {
  readonly before: Path | undefined;
  /** The number of tokens, with the prompt's. */
  readonly length: number;
  readonly token: number;
  /** Sum of log-probabilities of the generated tokens. */
  readonly score: number;
  /** The beam that the token follows; 0 in a prompt. */
  readonly beam: number;
  readonly sample: number;
  /** Where the token is in the cache, once it is there. */
  slot = -1;

  constructor(before: Path | undefined, { token, score, beam, sample }: Candidate) {
    this.before = before;
    this.length = before ? before.length + 1 : 1;
    this.token = token;
    this.score = score;
    this.beam = beam;
    this.sample = sample;
  }

  /** The tokens of a prompt. */
  static of(prompt: readonly number[]): Path {
    const first = { score: 0, beam: 0, sample: 0 };
    const path = prompt.reduce<Path | undefined>((before, token) => new Path(before, { ...first, token }), undefined);
    if (!path) throw new RangeError('a path: expected at least one token');
    return path;
  }

  /** The beginning of the path with this many tokens, 1 to its length. */
  first(length: number): Path {
    let path: Path = this;
    while (path.length > length && path.before) path = path.before;
    return path;
  }

  /** From the first token of the prompt. */
  get tokens(): readonly number[] {
    return this.#each(({ token }) => token);
  }

  /** The beam of every token. */
  get beams(): readonly number[] {
    return this.#each(({ beam }) => beam);
  }

  #each(number: (path: Path) => number): number[] {
    const numbers = new Array<number>(this.length);
    for (let path: Path | undefined = this; path; path = path.before) numbers[path.length - 1] = number(path);
    return numbers;
  }
}
