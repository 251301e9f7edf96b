import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { changingBans } from '../../src/decode/search/token-ban.ts';
import { settingsOf } from '../../src/decode/settings/generation-settings.ts';
import { type ScoreRules, tokenScores } from '../../src/decode/step/scores.ts';
import { constantTensor, input, interpret, value } from '../../src/graph/index.ts';
import { parseSafetensors } from '../../src/weights/safetensors.ts';

const path = fileURLToPath(new URL('../golden/nn/logits_processors.safetensors', import.meta.url));
const { tensors } = parseSafetensors(readFileSync(path), 'logits_processors.safetensors');
const rows = 2;
const V = 12;
const numbers = (name: string): number[][] => {
  const flat = Array.from(tensors.get(name)!.data, Number);
  return Array.from({ length: rows }, (_, i) => flat.slice((i * flat.length) / rows, ((i + 1) * flat.length) / rows));
};
const history = numbers('input_ids');
const scores = numbers('scores');

const plain: ScoreRules = {
  isGreedy: true,
  repetitionPenalty: 1,
  renormalize: false,
  bannedTokens: [],
  hasChangingBans: false,
  candidates: 1,
};

/** Scores that the graph gives for the golden logits: the output layer is the identity. */
function processed(rules: Partial<ScoreRules>, bans: readonly number[][] = [[], []]): number[][] {
  const most = Math.max(1, ...bans.map(({ length }) => length));
  const identity = Float64Array.from({ length: V * V }, (_, i) => Number(i % (V + 1) === 0));
  const head = { weight: constantTensor(identity, [V, V]), bias: constantTensor(new Float64Array(V), [V]) };
  const given = {
    hidden: value([rows, 1, V], scores.flat()),
    history: value([rows, 1, history[0].length], history.flat(), 'int32'),
    is_first: value(
      [rows, 1, history[0].length],
      history.flatMap((row) => row.map((id, i) => Number(row.indexOf(id) === i))),
    ),
    bans: value(
      [rows, 1, most],
      bans.flatMap((row) => Array.from({ length: most }, (_, i) => row[i] ?? 0)),
      'int32',
    ),
    ban_scores: value(
      [rows, 1, most],
      bans.flatMap((row) => Array.from({ length: most }, (_, i) => (i < row.length ? -1e9 : 0))),
    ),
  };
  const at = (name: keyof typeof given) => input(name, given[name].shape, given[name].dtype);
  const inputs = { history: at('history'), isFirst: at('is_first'), bans: at('bans'), banScores: at('ban_scores') };
  const { scores: result, barred } = tokenScores(at('hidden'), head, { ...plain, ...rules }, inputs);
  expect(barred).toEqual([]);
  const [{ data }] = interpret([result], given);
  return [data.subarray(0, V), data.subarray(V)].map((row) => Array.from(row, (x) => (x < -1e8 ? -Infinity : x)));
}

const logSoftmax = (row: readonly number[]): number[] => {
  const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
  return row.map((x) => x - total);
};

function expectRows(actual: readonly number[][], expected: readonly number[][]): void {
  expected.forEach((row, i) => {
    row.forEach((x, j) => {
      if (Number.isFinite(x)) expect(actual[i][j], `row ${i}, token ${j}`).toBeCloseTo(x, 5);
      else expect(actual[i][j], `row ${i}, token ${j}`).toBe(x);
    });
  });
}

const ids = { decoder_start_token_id: 0, eos_token_id: 2 };
const vocabulary = { source: V, target: V };
const settings = (config: object) => settingsOf({ ...ids, max_length: 20, ...config }, { vocabulary });

test.each([
  ['no_repeat_1gram', { no_repeat_ngram_size: 1 }],
  ['no_repeat_2gram', { no_repeat_ngram_size: 2 }],
  ['no_repeat_3gram', { no_repeat_ngram_size: 3 }],
  ['min_length_active', { min_length: 8 }],
  ['min_length_inactive', { min_length: 7 }],
  ['bad_words', { bad_words_ids: [[5], [3, 9], [4, 6, 10]] }],
  ['suppress', { suppress_tokens: [1, 7] }],
])('%s bans what its Transformers processor bans', (name, config) => {
  const { bannedTokens, ...rest } = settings(config);
  const bans = history.map((tokens) => changingBans({ bannedTokens, ...rest }, tokens));
  const expected = numbers(`${name}/out`).map(logSoftmax);
  expectRows(processed({ bannedTokens, hasChangingBans: true }, bans), expected);
});

test('repetition_penalty changes tokens that occurred as its Transformers processor does', () => {
  expectRows(processed({ repetitionPenalty: 1.4 }), numbers('repetition_penalty/out').map(logSoftmax));
});

test('tokens stay banned when a penalty changes their score too', () => {
  const token = history[0][0];
  expect(processed({ repetitionPenalty: 1.4, bannedTokens: [token] })[0][token]).toBe(-Infinity);
});

test('renormalised beam scores are log-probabilities', () => {
  expectRows(processed({ isGreedy: false, renormalize: true }), numbers('logit_normalization/out'));
});
