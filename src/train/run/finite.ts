/**
 * Refuses a number of a training that has diverged, with what helps.
 *
 * @param name what it is: `loss`.
 * @param when when it was computed, or what it shows: `at update 7`.
 * @throws {Error} when it is NaN or infinite.
 */
export function refuseNonFinite(name: string, value: number, when: string): void {
  if (Number.isFinite(value)) return;
  throw new Error(
    `train: ${name} must be finite, got ${value} ${when}; a lower learning_rate or a max_grad_norm helps`,
  );
}
