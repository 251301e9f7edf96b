import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomStream } from '../../../src/data/batch/shuffle.ts';
import { inRole } from '../../../src/models/families/check-config.ts';
import { loadModel } from '../../../src/models/folder/load.ts';
import { forward } from '../../../src/models/forward.ts';
import { rankingTerm } from '../../../src/models/heads/terms/ranking-term.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { classMeanAccuracy } from '../../../src/tasks/feature-extraction/class-mean.ts';
import { type GroupedRow, groupsOf, pairsOf } from '../../../src/tasks/feature-extraction/grouped-set.ts';
import { Ranking } from '../../../src/tasks/feature-extraction/ranking.ts';
import { normalized } from '../../../src/tasks/feature-extraction/vector.ts';
import { loadTokenizers } from '../../../src/tasks/folder/tokenizer-folder.ts';
import { goldenFolder, largestDifference, readTensors, withPrefix } from '../../models/golden.ts';

const folder = goldenFolder('sentences/encoder');
const golden = JSON.parse(new TextDecoder().decode(await folder.read('cases.json')));

describe('the loss of pairs', () => {
  /** Loss and gradients of the golden's pairs, whose texts have these groups. */
  async function lossOf(groups: readonly (readonly [number, number])[], symmetric: boolean) {
    const loaded = inRole(await loadModel(folder, { role: 'encoder' }), 'encoder', folder.name);
    const { source: tokenizer } = await loadTokenizers(folder);
    const texts: string[] = [0, 1].flatMap((side) => golden.pairs.map((pair: string[]) => pair[side]));
    const ids = texts.map((text) => tokenizer.encode(text));
    const time = Math.max(...ids.map(({ length }) => length));
    const shape = [texts.length, time];
    const padded = (of: (row: readonly number[], t: number) => number) =>
      Int32Array.from(ids.flatMap((row) => Array.from({ length: time }, (_, t) => of(row, t))));
    const i32 = (data: Int32Array, dims: readonly number[]) => ({ dtype: 'I32', shape: dims, data }) as const;
    const pairs = golden.pairs.length;
    const places = (from: number) =>
      i32(
        Int32Array.from({ length: pairs }, (_, at) => from + at),
        [pairs],
      );
    const labelInputs = (['anchors', 'positives', 'groups'] as const).map((name) => ({
      ...({ name, dtype: 'int32', absent: 'refused' } as const),
      shape: name === 'groups' ? ['pairs', 2] : ['pairs'],
    }));
    const terms = [rankingTerm('mean', { scale: golden.scale, symmetric })];
    const model = { ...loaded.model, labelInputs, terms };
    const inputs = new Map([
      [
        'input_ids',
        i32(
          padded((row, t) => row[t] ?? 0),
          shape,
        ),
      ],
      [
        'attention_mask',
        i32(
          padded((row, t) => Number(t < row.length)),
          shape,
        ),
      ],
      ['anchors', places(0)],
      ['positives', places(pairs)],
      ['groups', i32(Int32Array.from(groups.flat()), [pairs, 2])],
    ]);
    return forward({ parameters: loaded.parameters, model }, inputs, nodeBackend(), { gradients: true });
  }

  const apart = golden.pairs.map((_: unknown, at: number) => [2 * at, 2 * at + 1] as const);
  const labelled = golden.labels.map((label: number) => [label, label] as const);
  test.each([
    ['ranking', apart, false],
    ['symmetric', apart, true],
    ['labelled', labelled, false],
  ] as const)('and its gradients are those of sentence-transformers: %s', async (name, groups, symmetric) => {
    const results = await lossOf(groups, symmetric);
    expect(results.get('loss')?.data[0]).toBeCloseTo(golden.loss[name], 5);
    const wanted = withPrefix(await readTensors(folder, 'cases.safetensors'), `${name}/grad/`);
    expect(wanted.size).toBeGreaterThan(30);
    for (const [parameter, gradient] of wanted) {
      const found = results.get(`grad/${parameter}`);
      if (!found) throw new Error(`expected a gradient of ${parameter}`);
      expect(largestDifference(found, gradient, parameter)).toBeLessThan(5e-6);
    }
    expect(results.has('grad/pooler.dense.weight')).toBe(false);
  });
});

const row = (group: number, example = 0): GroupedRow => ({ example, size: 1, ids: Int32Array.of(0), group });

describe('the pairs of labelled texts', () => {
  const rows = [0, 1, 0, 2, 0, 1].map(row);
  test('are texts with another one of their label, other ones in every epoch', () => {
    const drawn = Array.from({ length: 40 }, (_, epoch) => pairsOf({ kind: 'labels', rows }, randomStream(7, epoch)));
    for (const pairs of drawn) {
      expect(pairs.map(({ anchor }) => anchor)).toEqual([0, 1, 2, 4, 5]);
      for (const { anchor, positive } of pairs) {
        expect(positive).not.toBe(anchor);
        expect(rows[positive].group).toBe(rows[anchor].group);
      }
    }
    expect(new Set(drawn.map(([first]) => first.positive))).toEqual(new Set([2, 4]));
  });

  test('are with the next one where nothing is drawn', () => {
    const pairs = pairsOf({ kind: 'labels', rows });
    expect(pairs.map(({ positive }) => positive)).toEqual([2, 5, 4, 0, 1]);
    expect(Array.from(groupsOf(rows, pairs))).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 1, 1]);
  });
});

/** Vectors of length 1 in a plane, by their angles in degrees. */
const atAngle = (degrees: number) =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));

describe('the rank of a text', () => {
  const candidates = [0, 10, 20, 90].map((angle, at) => ({ vector: atAngle(angle), groups: [at, at] as const }));
  const query = (angle: number, own: number, group: number, self = -1) => ({
    vector: atAngle(angle),
    groups: [group, group] as const,
    own,
    self,
  });
  const ranksOf = async (queries: readonly ReturnType<typeof query>[], among = candidates) => {
    const ranking = await Ranking.make(2, 20, nodeBackend());
    const scores = await ranking.scores(queries, among);
    await ranking.dispose();
    return scores;
  };

  test('is its place among those with another meaning', async () => {
    const scores = await ranksOf([query(1, 0, 0), query(1, 2, 2), query(1, 3, 3), query(90, 3, 3)]);
    expect(scores.map(({ rank }) => rank)).toEqual([1, 3, 4, 1]);
    const powers = [1, 9, 19, 89].map((angle) => Math.exp(20 * Math.cos((angle * Math.PI) / 180)));
    const total = powers.reduce((a, b) => a + b);
    expect(scores[2].loss).toBeCloseTo(Math.log(total / powers[3]), 4);
  });

  test('is the last one where all are equally near', async () => {
    const same = candidates.map((one) => ({ ...one, vector: atAngle(45) }));
    expect((await ranksOf([query(0, 1, 1)], same)).map(({ rank }) => rank)).toEqual([4]);
  });

  test('leaves out the text itself, and counts any other of its group', async () => {
    const grouped = candidates.map((one, at) => ({ ...one, groups: [at % 2, at % 2] as const }));
    const [own] = await ranksOf([query(0, 2, 0, 0)], grouped);
    expect(own.rank).toBe(2);
    const powers = [10, 20, 90].map((angle) => Math.exp(20 * Math.cos((angle * Math.PI) / 180)));
    expect(own.loss).toBeCloseTo(Math.log(powers.reduce((a, b) => a + b) / powers[1]), 4);
  });
});

describe('the accuracy by the nearest class mean', () => {
  test('is that of the definition', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(359)), { minLength: 6, maxLength: 12 }), (texts) => {
        const rows = [...texts, [0, 1], [0, 50], [1, 80], [1, 200]].map(([group]) => row(group));
        const vectors = [...texts, [0, 1], [0, 50], [1, 80], [1, 200]].map(([, angle]) => atAngle(angle));
        const rights = rows.flatMap(({ group: own }, at) => {
          const meanOf = (group: number) => {
            const others = vectors.filter((_, i) => i !== at && rows[i].group === group);
            return others.length > 0 ? [0, 1].map((axis) => others.reduce((sum, v) => sum + v[axis], 0)) : undefined;
          };
          if (!meanOf(own)) return [];
          const cosines = [0, 1, 2].flatMap((group) => {
            const mean = meanOf(group);
            if (!mean) return [];
            return [[group, (mean[0] * vectors[at][0] + mean[1] * vectors[at][1]) / Math.hypot(...mean)] as const];
          });
          const sorted = cosines.toSorted(([, a], [, b]) => b - a);
          fc.pre(sorted.every(([, cosine]) => Number.isFinite(cosine)));
          fc.pre(sorted.length < 2 || sorted[0][1] - sorted[1][1] > 1e-6);
          return [Number(sorted[0][0] === own)];
        });
        expect(classMeanAccuracy(rows, vectors)).toBeCloseTo(rights.reduce((a, b) => a + b, 0) / rights.length, 10);
      }),
    );
  });

  test('leaves out texts that are the only ones of their label', () => {
    const vectors = [0, 2, 90, 92, 180].map(atAngle);
    expect(classMeanAccuracy([0, 0, 1, 1, 2].map(row), vectors)).toBe(1);
    expect(classMeanAccuracy([0, 1, 1, 0, 2].map(row), vectors)).toBe(0);
  });
});

test('a vector of zeros stays one, every other has length 1', () => {
  expect(Array.from(normalized(Float32Array.of(3, 4, 0, 0), 2))).toEqual([0.6, 0.8, 0, 0].map(Math.fround));
});
