import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { changingBans } from '../../src/decode/search/token-ban.ts';
import { settingsOf } from '../../src/decode/settings/generation-settings.ts';
import { type ScoreRules, tokenScores } from '../../src/decode/step/scores.ts';
import { constantTensor, input, interpret, value } from '../../src/graph/index.ts';
import { parseSafetensors } from '../../src/weights/safetensors.ts';

const path = (kind: string) => fileURLToPath(new URL(`../golden/nn/logits_processors.${kind}`, import.meta.url));
const { tensors } = parseSafetensors(readFileSync(path('safetensors')), 'logits_processors.safetensors');
const { processors } = JSON.parse(readFileSync(path('json'), 'utf8'));
const [rows, V] = tensors.get('scores')!.shape;
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
function processed(rules: Partial<ScoreRules>, bans: readonly number[][] = scores.map(() => [])): number[][] {
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
  return scores.map((_, i) => Array.from(data.subarray(i * V, (i + 1) * V), (x) => (x < -1e8 ? -Infinity : x)));
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

const vocabulary = { source: V, target: V };

/** Transformers' classes → their arguments as `GenerationConfig` has them. */
const configs: Readonly<Record<string, (args: Readonly<Record<string, unknown>>) => object>> = {
  NoRepeatNGramLogitsProcessor: ({ ngram_size }) => ({ no_repeat_ngram_size: ngram_size }),
  MinLengthLogitsProcessor: (args) => args,
  NoBadWordsLogitsProcessor: (args) => args,
  SuppressTokensLogitsProcessor: (args) => args,
};
const built = Object.entries<{ class: string; args: object }>(processors).flatMap(([name, { class: kind, args }]) =>
  Object.hasOwn(configs, kind) ? [[name, configs[kind]({ ...args })] as const] : [],
);

test('every class of processors that ban is tested', () => {
  const tested = new Set(built.map(([name]) => processors[name].class));
  expect(tested).toEqual(new Set(Object.keys(configs)));
});

test.each(built)('%s bans what its Transformers processor bans', (name, config) => {
  const defaults = { decoder_start_token_id: 0, eos_token_id: V - 1, max_length: 20 };
  const { bannedTokens, ...rest } = settingsOf({ ...defaults, ...config }, { vocabulary });
  const bans = history.map((tokens) => changingBans({ bannedTokens, ...rest }, tokens));
  const expected = numbers(`${name}/out`).map(logSoftmax);
  expectRows(processed({ bannedTokens, hasChangingBans: true }, bans), expected);
});

test('repetition_penalty changes tokens that occurred as its Transformers processor does', () => {
  expectRows(
    processed({ repetitionPenalty: processors.repetition_penalty.args.penalty }),
    numbers('repetition_penalty/out').map(logSoftmax),
  );
});

test('tokens stay banned when a penalty changes their score too', () => {
  const token = history[0][0];
  expect(processed({ repetitionPenalty: 1.4, bannedTokens: [token] })[0][token]).toBe(-Infinity);
});

test('renormalised beam scores are log-probabilities', () => {
  expectRows(processed({ isGreedy: false, renormalize: true }), numbers('logit_normalization/out'));
});
