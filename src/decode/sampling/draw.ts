import { banned } from '../step/scores.ts';
import { probabilitiesOf, type Warper } from './warper.ts';

/**
 * Draws one entry of a row: its index, or −1 when all are banned.
 *
 * `scores`: log-probabilities; `tokens`: the token of each, default: its index. `random`: uniform in [0, 1). The
 * distribution is inverted over the tokens in the order of their ids, which does not change if an engine's rounding
 * swaps two scores.
 */
export function draw(
  scores: Float32Array,
  tokens: Int32Array | undefined,
  warpers: readonly Warper[],
  random: number,
): number {
  const row = new Float64Array(scores);
  for (let i = 0; i < row.length; i++) if (row[i]! <= banned / 2) row[i] = Number.NEGATIVE_INFINITY;
  for (const warp of warpers) warp(row);
  const p = probabilitiesOf(row);
  const order = tokens ? p.map((_, i) => i).sort((i, j) => tokens[i]! - tokens[j]!) : undefined;
  let left = random;
  let last = -1;
  for (let i = 0; i < p.length; i++) {
    const at = order ? order[i]! : i;
    const share = p[at]!;
    if (!(share > 0)) continue;
    last = at;
    left -= share;
    if (left < 0) break;
  }
  return last;
}
