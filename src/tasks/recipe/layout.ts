/** Where a recipe's splits lie: files with a layout each, or names of files alone. */
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
 * How another file is likely to be laid out: as the test set of a recipe, else as its other sets, and what the recipe says
 * of all its data. A format and a delimiter that the recipe names are those of files whose name ends alike, or tells nothing.
 */
export function layoutOf({ root: _, train, validation, test, ...shared }: Splits, file: string): object {
  const { file: recorded = '', format, delimiter, ...layout } = [test, validation, train].find(isTable) ?? {};
  const ending = endingOf(file);
  const isAlike = ending === undefined || ending === endingOf(recorded);
  const named = { ...(format !== undefined && { format }), ...(delimiter !== undefined && { delimiter }) };
  return { ...shared, ...layout, ...(isAlike && named) };
}
