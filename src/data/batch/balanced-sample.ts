import { randomStream, shuffle } from './shuffle.ts';

/** Distinguishes these draws from those that plan an epoch with the same seed. */
const stream = 0x62616c;

/**
 * Samples of one epoch in which every class is equally frequent: as many as there are, each of a class as often as any
 * other of it, but for one. Everything follows from (`seed`, `epoch`).
 *
 * @param classes the class of every sample.
 * @returns indices of samples; those of rare classes occur several times.
 */
export function balancedSample(classes: readonly number[], seed: number, epoch: number): Int32Array {
  const random = randomStream(seed, epoch, stream);
  const members = new Map<number, number[]>();
  classes.forEach((label, i) => {
    const known = members.get(label);
    if (known) known.push(i);
    else members.set(label, [i]);
  });
  const each = Math.ceil(classes.length / members.size);
  return Int32Array.from(
    [...members.values()].flatMap((own) => {
      const copies = Array.from({ length: Math.floor(each / own.length) }, () => own).flat();
      return [...copies, ...shuffle([...own], random).slice(0, each % own.length)];
    }),
  );
}
