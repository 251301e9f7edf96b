/** One step that turns the hypothesis into the reference. */
export type Edit = 'keep' | 'substitute' | 'delete' | 'insert';

/** Number of reference words compared on each side of the diagonal. */
const beamWidth = 25;

const edits: readonly Edit[] = ['keep', 'substitute', 'delete', 'insert'];

/**
 * Word edit distance to one reference within a beam around the diagonal, as in Tercom.
 *
 * Meant for many hypotheses with the same words in different orders: it reuses the rows before the first word that
 * differs from the previous hypothesis. Among equal costs it prefers keep or substitute, then delete, then insert.
 *
 * Source: Snover et al. 2006; beam and preferences of Post 2018 (sacreBLEU 2.6).
 */
export class BeamEditDistance {
  readonly #reference: readonly string[];
  #hypothesis: readonly string[] = [];
  #cost: Float64Array[];
  #edit: Uint8Array[];

  constructor(reference: readonly string[]) {
    this.#reference = reference;
    this.#cost = [Float64Array.from({ length: reference.length + 1 }, (_, j) => j)];
    this.#edit = [new Uint8Array(reference.length + 1).fill(edits.indexOf('insert'))];
  }

  /** Fewest edits that turn `hypothesis` into the reference. */
  distance(hypothesis: readonly string[]): number {
    const isSameLength = hypothesis.length === this.#hypothesis.length;
    let known = 0;
    while (isSameLength && known < hypothesis.length && hypothesis[known] === this.#hypothesis[known]) known++;
    this.#hypothesis = hypothesis;
    for (let i = known + 1; i <= hypothesis.length; i++) this.#fillRow(i);
    return this.#cost[hypothesis.length][this.#reference.length];
  }

  /** The edits that {@link distance} counts, from the first word to the last. */
  path(hypothesis: readonly string[]): Edit[] {
    this.distance(hypothesis);
    const path: Edit[] = [];
    let i = hypothesis.length;
    let j = this.#reference.length;
    while (i > 0 || j > 0) {
      const edit = edits[this.#edit[i][j]];
      path.push(edit);
      if (edit !== 'insert') i--;
      if (edit !== 'delete') j--;
    }
    return path.reverse();
  }

  #fillRow(i: number): void {
    const width = this.#reference.length + 1;
    const above = this.#cost[i - 1];
    const cost = (this.#cost[i] ??= new Float64Array(width)).fill(Number.POSITIVE_INFINITY);
    const edit = (this.#edit[i] ??= new Uint8Array(width));
    const word = this.#hypothesis[i - 1];
    const ratio = this.#reference.length / this.#hypothesis.length;
    const beam = beamWidth < ratio / 2 ? Math.ceil(ratio / 2 + beamWidth) : beamWidth;
    const diagonal = Math.floor(i * ratio);
    const end = i === this.#hypothesis.length ? width : Math.min(width, diagonal + beam);
    for (let j = Math.max(0, diagonal - beam); j < end; j++) {
      if (j > 0) {
        const isSame = word === this.#reference[j - 1];
        cost[j] = above[j - 1] + (isSame ? 0 : 1);
        edit[j] = isSame ? 0 : 1;
      }
      if (above[j] + 1 < cost[j]) {
        cost[j] = above[j] + 1;
        edit[j] = 2;
      }
      if (j > 0 && cost[j - 1] + 1 < cost[j]) {
        cost[j] = cost[j - 1] + 1;
        edit[j] = 3;
      }
    }
  }
}
