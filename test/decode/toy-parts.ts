/** What the toy language models have in common: a tiny vocabulary, an output layer, random weights. */
import type { CausalModel } from '../../src/models/body/causal.ts';
import { normal, type Scope, zeros } from '../../src/nn/index.ts';

export const toyVocabulary = 4;
export const toyWidth = 3;

export type Weights = ReadonlyMap<string, Float32Array>;

/** A model, random weights for it, and log p of every next token after `tokens` in plain JavaScript. */
export interface ToyCausal {
  readonly name: string;
  readonly model: CausalModel;
  weights(random: () => number): Weights;
  logProbabilities(weights: Weights, tokens: readonly number[]): number[];
}

export const table = (root: Scope, name: string, rows: number) => root.parameter(name, [rows, toyWidth], normal(0, 1));

export const head = (root: Scope) => ({
  weight: table(root, 'out', toyVocabulary),
  bias: root.parameter('bias', [toyVocabulary], zeros),
});

/** Uniform weights in −scale … scale. */
export const drawn =
  (sizes: Readonly<Record<string, number>>, scale: number) =>
  (random: () => number): Weights =>
    new Map(
      Object.entries(sizes).map(([name, size]) => [
        name,
        Float32Array.from({ length: size }, () => scale * (2 * random() - 1)),
      ]),
    );

export const dot = (a: readonly number[], b: readonly number[]) => a.reduce((total, x, i) => total + x * b[i], 0);

export const rowOf = (weights: Weights, name: string, at: number) =>
  Array.from({ length: toyWidth }, (_, i) => weights.get(name)![at * toyWidth + i]);

export const apply = (weights: Weights, name: string, x: readonly number[]) =>
  x.map((_, i) => dot(rowOf(weights, name, i), x));

export const logSoftmax = (logits: readonly number[]): number[] => {
  const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
  return logits.map((x) => x - total);
};

export const scoresOf = (weights: Weights, h: readonly number[]) =>
  logSoftmax(
    Array.from({ length: toyVocabulary }, (_, id) => dot(rowOf(weights, 'out', id), h) + weights.get('bias')![id]),
  );
