/**
 * Removes tokens from a row of logits before one is drawn: removed logits become −∞; at least the likeliest token
 * stays. Equal scores stay or go together. Every warper recomputes the softmax of what the previous one left.
 */
export type Warper = (scores: Float64Array) => void;

/**
 * The largest of a row. (The loops here are plain: a vocabulary is long, and a callback per element is ten times
 * slower.)
 */
function largest(row: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < row.length; i++) if (row[i]! > most) most = row[i]!;
  return most;
}

/** softmax(scores). */
export function probabilitiesOf(scores: Float64Array): Float64Array {
  const most = largest(scores);
  const p = new Float64Array(scores.length);
  let total = 0;
  for (let i = 0; i < p.length; i++) total += p[i] = Math.exp(scores[i]! - most);
  for (let i = 0; i < p.length; i++) p[i]! /= total;
  return p;
}

/** −Σ p·log p, in nats. */
function entropyOf(p: Float64Array): number {
  let entropy = 0;
  for (let i = 0; i < p.length; i++) if (p[i]! > 0) entropy -= p[i]! * Math.log(p[i]!);
  return entropy;
}

/** Removes entries where `p` is below `least`, but never the largest. */
function keepFrom(scores: Float64Array, p: Float64Array, least: number): void {
  const bound = Math.min(least, largest(p));
  for (let i = 0; i < scores.length; i++) if (p[i]! < bound) scores[i] = Number.NEGATIVE_INFINITY;
}

/** The entries of `p` above `bound`, smallest first. */
function sortedAbove(p: Float64Array, bound: number): Float64Array {
  const kept = new Float64Array(p.length);
  let count = 0;
  for (let i = 0; i < p.length; i++) if (p[i]! > bound) kept[count++] = p[i]!;
  return kept.subarray(0, count).sort();
}

/** Divides by the temperature. Source: Transformers 4.46, `TemperatureLogitsWarper`. */
export const temperatureWarper =
  (temperature: number): Warper =>
  (scores) => {
    for (let i = 0; i < scores.length; i++) scores[i]! /= temperature;
  };

/**
 * Keeps the likeliest tokens until their probabilities reach `mass`: a token stays if those above it have less.
 *
 * Probabilities of at most (1 − mass)/n are always removed, so they are not sorted; few of a large vocabulary remain.
 * Source: Holtzman et al. 2020, section 3.1; Transformers 4.46, `TopPLogitsWarper`.
 */
export const topPWarper =
  (mass: number): Warper =>
  (scores) => {
    const p = probabilitiesOf(scores);
    const sorted = sortedAbove(p, (1 - mass) / p.length);
    let least = Number.POSITIVE_INFINITY;
    let above = 0;
    for (const share of sorted.reverse()) {
      if (above >= mass) break;
      least = share;
      above += share;
    }
    keepFrom(scores, p, least);
  };

/** Keeps tokens at least `share` times as likely as the likeliest. Source: Transformers 4.46, `MinPLogitsWarper`. */
export const minPWarper =
  (share: number): Warper =>
  (scores) => {
    const p = probabilitiesOf(scores);
    keepFrom(scores, p, share * largest(p));
  };

/**
 * Keeps tokens whose surprise −log p is nearest to the entropy, until their probabilities reach `mass`.
 *
 * Source: Meister et al. 2023, "Locally typical sampling", eq. 12; Transformers 4.46, `TypicalLogitsWarper`.
 */
export const typicalWarper =
  (mass: number): Warper =>
  (scores) => {
    const p = probabilitiesOf(scores);
    const entropy = entropyOf(p);
    const distance = p.map((x) => Math.abs(-Math.log(x) - entropy));
    const order = Array.from(p.keys())
      .filter((i) => p[i]! > 0)
      .sort((i, j) => distance[i]! - distance[j]!);
    let total = 0;
    const last = order.find((i) => (total += p[i]!) >= mass) ?? order.at(-1);
    const most = last === undefined ? Number.NaN : distance[last]!;
    for (let i = 0; i < p.length; i++) if (!(distance[i]! <= most)) scores[i] = Number.NEGATIVE_INFINITY;
  };

/**
 * Keeps tokens with at least this probability. Source: Hewitt et al. 2022; Transformers 4.46, `EpsilonLogitsWarper`.
 */
export const epsilonWarper =
  (epsilon: number): Warper =>
  (scores) =>
    keepFrom(scores, probabilitiesOf(scores), epsilon);

/** Keeps p ≥ min(ε, √ε·e^−entropy). Source: Hewitt et al. 2022, section 4.2; Transformers 4.46, `EtaLogitsWarper`. */
export const etaWarper =
  (epsilon: number): Warper =>
  (scores) => {
    const p = probabilitiesOf(scores);
    keepFrom(scores, p, Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropyOf(p))));
  };
