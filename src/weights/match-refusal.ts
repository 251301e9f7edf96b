import { InputError } from '../io/error.ts';

/** The most names listed in an error before `…`. */
const listedNames = 8;

const listed = (names: readonly string[]): string =>
  `${names.slice(0, listedNames).join(', ')}${names.length > listedNames ? ', …' : ''}`;

/** `2 missing (a, b)`; nothing for an empty list. */
export const counted = (what: string, names: readonly string[]): string[] =>
  names.length > 0 ? [`${names.length} ${what} (${listed(names)})`] : [];

/** How a checkpoint and a model differ, as far as that is not allowed. */
export interface Differences {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly shape: readonly string[];
  readonly type: readonly string[];
}

/** The two that are compared. */
interface Compared {
  readonly checkpoint: string;
  /** Names the model; absent where the weights cannot be another model's. */
  readonly what?: string | undefined;
  /** The class that the folder was saved by, if the model is another: its head is missing. */
  readonly savedBy?: string | undefined;
  /** The number of its parameters, and of those that were found. */
  readonly expected: number;
  readonly found: number;
}

/** The most of a model's parameters, as a fraction, that the weights of another family have by chance. */
const byChance = 0.1;

/** @throws {InputError} for all differences, or for weights that belong to another model. */
export function refuseDifferences(
  { missing, unexpected, shape, type }: Differences,
  { checkpoint, what, savedBy, expected, found }: Compared,
): void {
  if (what && unexpected.length > 0 && found <= expected * byChance && missing.length >= expected / 2) {
    throw new InputError(
      `checkpoint ${checkpoint}: the weights are not those of ${what}: expected tensors such as ` +
        `${listed(missing.slice(0, 2))}, got ${listed(unexpected.slice(0, 2))}; config.json and the weights seem to come ` +
        'from different models',
    );
  }
  const differences = [
    ...counted('missing', missing),
    ...counted('unexpected', unexpected),
    ...counted('wrong shape', shape),
    ...counted('not floating-point', type),
  ];
  const reason = what && savedBy && missing.length > 0 ? `; the folder is of ${savedBy}, not of ${what}` : '';
  if (differences.length > 0) throw new InputError(`checkpoint ${checkpoint}: ${differences.join(', ')}${reason}`);
}
