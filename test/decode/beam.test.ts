/** Beam search step by step, on candidates given by hand; what it finds over models is tested in `search.test.ts`. */
import { describe, expect, test } from 'vitest';
import { BeamSearch } from '../../src/decode/search/beam.ts';
import { HypothesisPool } from '../../src/decode/search/hypothesis.ts';
import { changingBans } from '../../src/decode/search/token-ban.ts';
import type { GenerationConfig } from '../../src/decode/settings/generation-config.ts';
import { settingsOf } from '../../src/decode/settings/generation-settings.ts';

const vocabulary = { source: 9, target: 9 };
const end = 0;

const settings = (config: GenerationConfig) =>
  settingsOf({ decoder_start_token_id: 8, eos_token_id: end, max_new_tokens: 10, ...config }, { vocabulary });

/** A search after steps of candidates, [beam, token, score] each, best first. */
function searched(config: GenerationConfig, ...steps: (readonly [beam: number, token: number, score: number])[][]) {
  const search = new BeamSearch({ settings: settings(config), source: { prompt: [8] } });
  for (const step of steps) {
    const candidates = step.map(([beam, token, score]) => ({ beam, token, score, sample: 0 }));
    search.advance(
      candidates,
      search.paths.map((_, beam) => beam),
    );
  }
  return search;
}

const written = (tokens: readonly number[]) => ({ tokens, length: tokens.length });
const open = (search: BeamSearch) => search.paths.map(({ tokens }) => tokens.slice(1));
const finished = (search: BeamSearch) => (search.finish() ?? []).map(({ tokens }) => tokens.slice(1));

describe('a step of beam search', () => {
  const two = { num_beams: 2, num_return_sequences: 2 };

  test('keeps the best as many as there are beams, and leaves the rest', () => {
    expect(
      open(
        searched(two, [
          [0, 1, -1],
          [0, 2, -2],
          [0, 3, -3],
        ]),
      ),
    ).toEqual([[1], [2]]);
  });

  test('takes an end among the first as a hypothesis', () => {
    const search = searched(two, [
      [0, 1, -1],
      [0, end, -2],
      [0, 2, -3],
      [0, 3, -4],
    ]);
    expect(open(search)).toEqual([[1], [2]]);
    expect((search.finish() ?? []).map(({ score }) => score)).toEqual([-1, -2]);
  });

  test('ignores an end that ranks after as many as there are beams', () => {
    const first = [
      [0, end, -1],
      [0, 1, -2],
      [0, 2, -3],
      [0, end, -4],
      [0, 3, -5],
    ] as const;
    const second = [
      [0, 4, -20],
      [1, 4, -21],
      [2, 4, -22],
    ] as const;
    const search = searched({ num_beams: 3, num_return_sequences: 3 }, [...first], [...second]);
    expect(finished(search)).toEqual([[end], [1, 4], [2, 4]]);
  });

  test('writes the first end token for whichever ended', () => {
    const search = searched({ ...two, eos_token_id: [end, 5] }, [
      [0, 5, -1],
      [0, 1, -2],
      [0, 2, -3],
    ]);
    expect(finished(search)[0]).toEqual([end]);
  });

  const full = [
    [
      [0, end, -1],
      [0, 1, -2],
      [0, 2, -3],
    ],
    [
      [0, end, -2.5],
      [0, 3, -2.6],
      [1, 3, -3.2],
    ],
  ] as const;
  const steps = full.map((step) => [...step]);

  test('ends where no open path can win any more: its sum over its own length is not better than the worst', () => {
    // Two hypotheses, −1 and −2.5/2; the best candidate is the second itself.
    expect(open(searched(two, ...steps))).toEqual([]);
  });

  test('with early_stopping: true ends when there are enough', () => {
    const better = [
      [
        [0, 1, -0.1],
        [0, end, -3],
        [0, 2, -4],
      ],
      [
        [0, 3, -0.2],
        [0, end, -9],
        [1, 3, -9.5],
      ],
    ] as const;
    const run = (early_stopping: boolean) =>
      open(searched({ ...two, early_stopping }, ...better.map((step) => [...step])));
    expect(run(true)).toEqual([]);
    expect(run(false)).toEqual([
      [1, 3],
      [2, 3],
    ]);
  });

  test('with early_stopping never asks what a path may reach at the greatest length, where longer is better', () => {
    const run = (length_penalty: number) =>
      open(searched({ ...two, early_stopping: 'never', length_penalty }, ...steps)).length;
    expect(run(1)).toBe(2);
    expect(run(-1)).toBe(0);
    expect(run(0)).toBe(0);
  });
});

describe('a pool of hypotheses', () => {
  const hypothesis = (token: number, score: number) => ({ tokens: [token], score, beams: [] });
  const pool = (...scores: number[]) => {
    const made = new HypothesisPool(2, 1);
    for (const [token, score] of scores.entries()) made.add(hypothesis(token, score));
    return made.best(2).map(({ tokens }) => tokens[0]);
  };

  test('has the best, best first', () => expect(pool(-3, -1, -2)).toEqual([1, 2]));
  test('when full refuses one that is as good as the worst', () => expect(pool(-1, -2, -2)).toEqual([0, 1]));
  test('gives the later of equal ones first', () => expect(pool(-1, -1)).toEqual([1, 0]));
});

describe('the bans of a step', () => {
  test('hold the end until the hypothesis is as long as it must be', () => {
    const rules = settings({ min_new_tokens: 2 });
    expect([[8], [8, 1], [8, 1, 1]].map((tokens) => changingBans(rules, written(tokens)))).toEqual([[end], [end], []]);
  });

  test('hold begin_suppress_tokens for the first token alone', () => {
    const rules = settings({ begin_suppress_tokens: [4, 5] });
    expect([[8], [8, 1]].map((tokens) => changingBans(rules, written(tokens)))).toEqual([[4, 5], []]);
  });

  test('hold the last token of a word that is written so far, even if the word would be the whole text', () => {
    const rules = settings({ bad_words_ids: [[1, 2, 3]] });
    expect(
      [
        [8, 1],
        [8, 1, 2],
        [8, 2, 1],
        [1, 2, 1, 2],
      ].map((tokens) => changingBans(rules, written(tokens))),
    ).toEqual([[], [3], [], [3]]);
  });
});
