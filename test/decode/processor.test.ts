import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { changingBans } from '../../src/decode/search/token-ban.ts';
import { settingsOf } from '../../src/decode/settings/generation-settings.ts';
import { banned, type ScoreRules, tokenScores } from '../../src/decode/step/scores.ts';
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

const plain: ScoreRules = { normalized: 'after', candidates: 1, changes: true };

/** What is done to single tokens, row by row. */
interface Changes {
  readonly penalised?: readonly (readonly number[])[];
  readonly penalty?: number;
  readonly bans?: readonly (readonly number[])[];
}

/** Scores that the graph gives for the golden logits: the output layer is the identity. */
function processed(rules: ScoreRules, { penalised = [], penalty = 1, bans = [] }: Changes): number[][] {
  const most = 1 + Math.max(0, ...scores.map((_, i) => (penalised[i]?.length ?? 0) + (bans[i]?.length ?? 0)));
  const entries = scores.map((_, i) => {
    const [old, never] = [penalised[i] ?? [], bans[i] ?? []];
    const empty = new Array<number>(most - old.length - never.length);
    return {
      tokens: [...old, ...never, ...empty.fill(0)],
      penalties: [...old.map(() => penalty), ...never.map(() => 1), ...empty.fill(1)],
      banScores: [...old.map(() => 0), ...never.map(() => banned), ...empty.fill(0)],
    };
  });
  const identity = Float64Array.from({ length: V * V }, (_, i) => Number(i % (V + 1) === 0));
  const head = { weight: constantTensor(identity, [V, V]), bias: constantTensor(new Float64Array(V), [V]) };
  const shape = [rows, 1, most];
  const given = {
    hidden: value([rows, 1, V], scores.flat()),
    tokens: value(
      shape,
      entries.flatMap(({ tokens }) => tokens),
      'int32',
    ),
    penalties: value(
      shape,
      entries.flatMap(({ penalties }) => penalties),
    ),
    ban_scores: value(
      shape,
      entries.flatMap(({ banScores }) => banScores),
    ),
  };
  const at = (name: keyof typeof given) => input(name, given[name].shape, given[name].dtype);
  const changes = { tokens: at('tokens'), penalties: at('penalties'), banScores: at('ban_scores') };
  const { scores: result } = tokenScores(at('hidden'), head, rules, changes);
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
  const settings = settingsOf({ ...defaults, ...config }, { vocabulary });
  const bans = history.map((tokens) => [
    ...settings.bannedTokens,
    ...changingBans(settings, { tokens, length: tokens.length }),
  ]);
  const expected = numbers(`${name}/out`).map(logSoftmax);
  expectRows(processed(plain, { bans }), expected);
});

const { penalty } = processors.repetition_penalty.args;
const penalised = history.map((row) => [...new Set(row)]);

test('repetition_penalty changes tokens that occurred as its Transformers processor does', () => {
  expectRows(processed(plain, { penalised, penalty }), numbers('repetition_penalty/out').map(logSoftmax));
});

test('tokens stay banned when a penalty changes their score too', () => {
  const token = history[0][0];
  expect(processed(plain, { penalised, penalty: 1.4, bans: [[token]] })[0][token]).toBe(-Infinity);
});

test('a penalty changes the log-probabilities of beams, which are normalised once more where that is wanted', () => {
  const after = scores.map((row, i) =>
    logSoftmax(row).map((x, token) => (penalised[i].includes(token) ? x * penalty : x)),
  );
  expectRows(processed({ normalized: 'before', candidates: 1, changes: true }, { penalised, penalty }), after);
  expectRows(
    processed({ normalized: 'both', candidates: 1, changes: true }, { penalised, penalty }),
    after.map(logSoftmax),
  );
});

test('renormalised beam scores are log-probabilities', () => {
  expectRows(processed({ normalized: 'both', candidates: 1, changes: true }, {}), numbers('logit_normalization/out'));
});
