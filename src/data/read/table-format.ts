/** How a table may be written; browsers read recipes' forms too, so that this file reaches no module of Node. */
export const tableFormats = ['csv', 'tsv', 'jsonl'] as const;

/** `csv`: commas and quotes; `tsv`: tabs, taken as they stand; `jsonl`: a JSON object a line. */
export type TableFormat = (typeof tableFormats)[number];
