/** The files of a recipe's splits: each with a layout, or only names. */
interface Splits {
  readonly root: string;
  readonly train: object | string;
  readonly validation?: object | string | undefined;
  readonly test?: object | string | undefined;
}

const endingOf = (file: string): string | undefined => /\.([^./\\]+)(?:\.gz)?$/.exec(file)?.[1]?.toLowerCase();

interface Table {
  readonly file: string;
  readonly format?: string | undefined;
  readonly delimiter?: string | undefined;
}

const isTable = (split: object | string | undefined): split is Table => typeof split === 'object' && 'file' in split;

/**
 * The likely layout of another file: that of the recipe's test set, else of its other sets, together with the settings
 * for all data. The recipe's format and delimiter apply to files whose name has the same ending or no known one.
 */
export function layoutOf({ root: _, train, validation, test, ...shared }: Splits, file: string): object {
  const { file: recorded = '', format, delimiter, ...layout } = [test, validation, train].find(isTable) ?? {};
  const ending = endingOf(file);
  const isAlike = ending === undefined || ending === endingOf(recorded);
  const named = { ...(format !== undefined && { format }), ...(delimiter !== undefined && { delimiter }) };
  return { ...shared, ...layout, ...(isAlike && named) };
}
