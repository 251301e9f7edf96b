/** One value for every split of a recipe's data. */
export interface Splits<T> {
  readonly train: T;
  readonly validation?: T | undefined;
  readonly test?: T | undefined;
}

/** Reads every split, one after the other. */
export const readSplits = async <T, U>(
  { train, validation, test }: Splits<T>,
  read: (split: T) => Promise<U>,
): Promise<Splits<U>> => ({
  train: await read(train),
  validation: validation === undefined ? undefined : await read(validation),
  test: test === undefined ? undefined : await read(test),
});

/** The splits with their values replaced. */
export const mapSplits = <T, U>({ train, validation, test }: Splits<T>, map: (split: T) => U): Splits<U> => ({
  train: map(train),
  validation: validation === undefined ? undefined : map(validation),
  test: test === undefined ? undefined : map(test),
});

/** The values of the splits that exist, in order. */
export const splitValues = <T>({ train, validation, test }: Splits<T>): T[] =>
  [train, validation, test].flatMap((split) => (split === undefined ? [] : [split]));
