/**
 * Refuses a number of a training that has diverged, with what helps.
 *
 * @param name what it is: `loss`.
 * @param when when it was computed, or what it shows: `at update 7`.
 * @throws {Error} when it is NaN or infinite.
 */
export function refuseNonFinite(name: string, value: number, when: string): void {
  if (!Number.isFinite(value)) throw nonFinite('train', name, value, when);
}

/**
 * Refuses the loss of an evaluation whose weights have diverged.
 *
 * @param verb what evaluates.
 * @param name what it is: `eval_loss`.
 * @param value a loss; undefined or a text, of a set that has none, is ignored.
 * @throws {Error} when it is NaN or infinite.
 */
export function refuseDivergedLoss(verb: 'train' | 'evaluate', name: string, value: number | string | undefined): void {
  if (typeof value !== 'number' || Number.isFinite(value)) return;
  throw nonFinite(verb, name, value, 'since the weights are not finite any more, or too large');
}

const nonFinite = (verb: string, name: string, value: number, when: string): Error =>
  new Error(`${verb}: ${name} must be finite, got ${value} ${when}; a lower learning_rate or a max_grad_norm helps`);
