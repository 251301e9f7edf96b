/** Formats of tables. Browsers read the schema of recipes too, so this file imports nothing of Node. */
export const tableFormats = ['csv', 'tsv', 'jsonl'] as const;

/** `csv`: commas and quotes; `tsv`: tabs, cells verbatim; `jsonl`: one JSON object per line. */
export type TableFormat = (typeof tableFormats)[number];
