import * as z from 'zod';
import { check } from '../../io/check.ts';
import { diskFolder } from '../../io/disk-folder.ts';
import { fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';
import type { Experiment, Finding, Lab } from '../experiment.ts';

/** The file of all numbers of a laboratory's folder. */
export const resultsFile = 'results.json';

const result = z.object({
  name: z.string().regex(/^[\w-]+$/),
  title: z.string(),
  claim: z.string(),
  source: z.string(),
  shown: z.boolean(),
  says: z.string(),
  seeds: z.array(z.number()),
  /** The share of the work that was done: below 1 the numbers prove nothing. */
  budget: z.number(),
  seconds: z.number(),
  /** Files of the figures; the first is the one for a slide. */
  figures: z.array(z.string().regex(/^[\w-]+\.svg$/)),
  tables: z.array(z.object({ caption: z.string(), columns: z.array(z.string()), rows: z.array(z.array(z.string())) })),
  data: z.json(),
});

const content = z.object({ experiments: z.array(result) });

/** An experiment's finding as stored. */
export type Result = z.output<typeof result>;

/** File name of a figure, next to the page. */
export const figureName = (experiment: string, figure: string): string => `${experiment}-${figure}.svg`;

/** The stored form of a finding. */
export function resultOf(
  { name, title, claim, source }: Experiment,
  { isShown, says, figures, tables, data }: Finding,
  { seeds, budget }: Pick<Lab, 'seeds' | 'budget'>,
  seconds: number,
): Result {
  return {
    ...{ name, title, claim, source, shown: isShown, says, budget },
    seeds: [...seeds],
    seconds: Math.round(10 * seconds) / 10,
    figures: figures.map((figure) => figureName(name, figure.name)),
    tables: tables.map(({ caption, columns, rows }) => ({
      caption,
      columns: [...columns],
      rows: rows.map((row) => [...row]),
    })),
    data: data as Result['data'],
  };
}

/**
 * The results that a folder already holds; empty without a file.
 *
 * @throws {InputError} when the file is not what the laboratory writes.
 */
export async function readResults(path: string): Promise<readonly Result[]> {
  const folder = diskFolder(path);
  if (!(await folder.has(resultsFile))) return [];
  const where = fileIn(folder, resultsFile);
  return check(content, parseJson(await readText(folder, resultsFile), where), where).experiments;
}

export const resultsText = (results: readonly Result[]): string =>
  `${JSON.stringify({ experiments: results }, null, 2)}\n`;
