import { add, type Dim, input, mul, reshape, sum, type Tensor } from '../../graph/index.ts';
import { crossEntropyLoss, shareGroup } from '../../nn/index.ts';
import { cast, equal, less, linear, maximum, range, reduceMax, sub } from '../../ops/index.ts';
import type { Backend, HostTensor } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import { ModelProgram } from '../model/model-program.ts';
import { int32Vector } from '../model/text-batch.ts';

/** A text that others are ranked for. */
export interface Query {
  readonly vector: Float32Array;
  /** The groups of its pair. */
  readonly groups: readonly [number, number];
  /** The candidate that belongs to it. */
  readonly own: number;
  /** The candidate that it is itself, −1 if none. */
  readonly self: number;
}

/** A text that is ranked. */
export type Candidate = Pick<Query, 'vector' | 'groups'>;

/** How a query ranks all candidates. */
export interface QueryScore {
  /** −log p of its own candidate among the negatives. */
  readonly loss: number;
  /** The place of the first candidate that belongs to it, from 1; negatives with the same similarity are before it. */
  readonly rank: number;
}

type Outputs = { readonly loss: Tensor; readonly rank: Tensor };

const farBelow = 1e9;

/** [Q, N]: whether the candidate of a column is the one whose number each row gives. */
const isNumber = (numbers: Tensor, count: Dim): Tensor => {
  const columns = reshape(range({ size: count }), { shape: [1, count] });
  const rows = reshape(numbers, { shape: [numbers.shape[0] ?? 1, 1] });
  return cast(equal(columns, rows), { dtype: 'float' });
};

const inverse = (mask: Tensor): Tensor => sub(1, mask);

/** The scores of queries [Q, D] over candidates [N, D], both of length 1. */
function outputs(width: number, scale: number): Outputs {
  const scores = linear(input('queries', ['queries', width]), input('candidates', ['candidates', width]));
  const count = scores.shape[1] ?? 1;
  const isAlike = shareGroup(
    input('query_groups', ['queries', 2], 'int32'),
    input('candidate_groups', ['candidates', 2], 'int32'),
  );
  const own = input('own', ['queries'], 'int32');
  const isRight = mul(isAlike, inverse(isNumber(input('self', ['queries'], 'int32'), count)));
  const isNegative = inverse(isAlike);
  const isRead = maximum(isNegative, isNumber(own, count));
  const read = sub(mul(scores, scale), mul(inverse(isRead), farBelow));
  const best = reduceMax(sub(scores, mul(inverse(isRight), farBelow)), { axes: [1], keepDims: true });
  const isBefore = mul(isNegative, inverse(cast(less(scores, best), { dtype: 'float' })));
  return { loss: crossEntropyLoss(read, own, { reduction: 'none' }), rank: add(sum(isBefore, { axes: [1] }), 1) };
}

/** The most numbers in a table of queries and candidates. */
const mostScores = 2 ** 19;

/** Ranks candidates by cosine similarity. Compiled once; must be disposed of. */
export class Ranking {
  readonly #program: ModelProgram<Outputs>;
  readonly #width: number;

  private constructor(program: ModelProgram<Outputs>, width: number) {
    this.#program = program;
    this.#width = width;
  }

  static async make(width: number, scale: number, engine: Backend | SharedWeights): Promise<Ranking> {
    return new Ranking(await ModelProgram.make(() => ({ ...outputs(width, scale) }), engine), width);
  }

  /** The scores of every query over all candidates, in order. `signal` ends it between and during runs. */
  async scores(
    queries: readonly Query[],
    candidates: readonly Candidate[],
    signal?: AbortSignal,
  ): Promise<QueryScore[]> {
    const fixed = { candidates: this.#vectors(candidates), candidate_groups: groups(candidates) };
    const most = Math.max(1, Math.floor(mostScores / candidates.length));
    const found: QueryScore[] = [];
    for (let from = 0; from < queries.length; from += most) {
      const some = queries.slice(from, from + most);
      const feeds = {
        ...fixed,
        ...{ queries: this.#vectors(some), query_groups: groups(some) },
        own: int32Vector(Int32Array.from(some, ({ own }) => own)),
        self: int32Vector(Int32Array.from(some, ({ self }) => self)),
      };
      const { loss, rank } = await this.#program.run(feeds, undefined, signal);
      some.forEach((_, at) => found.push({ loss: Number(loss.data[at]), rank: Number(rank.data[at]) }));
    }
    return found;
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }

  #vectors(texts: readonly Candidate[]): HostTensor {
    const data = new Float32Array(texts.length * this.#width);
    for (const [at, { vector }] of texts.entries()) data.set(vector, at * this.#width);
    return { type: 'float32', shape: [texts.length, this.#width], data };
  }
}

const groups = (texts: readonly Candidate[]): HostTensor => ({
  type: 'int32',
  shape: [texts.length, 2],
  data: Int32Array.from(texts.flatMap(({ groups: own }) => own)),
});
