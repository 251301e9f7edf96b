import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../io/error.ts';
import { FolderLock } from '../io/folder-lock.ts';
import { makeFolder } from '../io/make-folder.ts';
import { writeWhole } from '../io/whole-file.ts';
import type { Backend } from '../runtime/backend.ts';
import type { Experiment, Lab } from './experiment.ts';
import { experiments } from './experiments.ts';
import { figureFile } from './pages/figure.ts';
import { experimentPage, indexPage } from './pages/page.ts';
import { figureName, type Result, readResults, resultOf, resultsFile, resultsText } from './pages/result.ts';

/** The share of an experiment after which the remaining time can be estimated. */
const toldFrom = 0.02;

export interface LaboratoryOptions {
  readonly backend: Backend;
  /** Seeds 0 … N − 1; 3 when absent. */
  readonly seeds?: number | undefined;
  /** As {@link Lab.budget}; 1 when absent. */
  readonly budget?: number | undefined;
  /**
   * Receives progress: the share of an experiment that is done, in [0, 1], the next step, and the seconds left, NaN at
   * first.
   */
  readonly progress?: ((experiment: string, share: number, next: string, secondsLeft: number) => void) | undefined;
  /** Receives each result as it is written. */
  readonly found?: ((result: Result) => void) | undefined;
}

/**
 * Runs experiments one after the other and writes their results into a folder: a page and figures for each, and after
 * every experiment `index.html` and `results.json` of all results in the folder.
 *
 * @throws {InputError} when the folder cannot be written, another process works in it, or it holds a `results.json`
 *   that is not the laboratory's.
 */
export async function runExperiments(
  chosen: readonly Experiment[],
  folder: string,
  options: LaboratoryOptions,
): Promise<void> {
  const { seeds: count = 3, budget = 1 } = options;
  if (!(budget > 0 && budget <= 1)) throw new InputError(`lab: expected a budget in (0, 1], got ${budget}`);
  if (!Number.isInteger(count) || count < 1) throw new InputError(`lab: expected a number of seeds ≥ 1, got ${count}`);
  await makeFolder(folder);
  const lock = await FolderLock.take(folder);
  try {
    const seeds = Array.from({ length: count }, (_, seed) => seed);
    await runIn(folder, chosen, { ...options, seeds, budget });
  } finally {
    await lock.release();
  }
}

type RunOptions = Pick<LaboratoryOptions, 'progress' | 'found'> & Pick<Lab, 'backend' | 'seeds' | 'budget'>;

async function runIn(folder: string, chosen: readonly Experiment[], options: RunOptions): Promise<void> {
  const { backend, seeds, budget, progress, found } = options;
  let results = await readResults(folder);
  for (const experiment of chosen) {
    const begin = performance.now();
    const seconds = (): number => (performance.now() - begin) / 1000;
    const say = (share: number, next: string): void =>
      progress?.(experiment.name, share, next, share > toldFrom ? (seconds() * (1 - share)) / share : Number.NaN);
    const finding = await experiment.run({ backend, seeds, budget, say });
    const result = resultOf(experiment, finding, { seeds, budget }, seconds());
    for (const figure of finding.figures)
      await writeWhole(join(folder, figureName(experiment.name, figure.name)), figureFile(figure));
    await writeWhole(join(folder, `${experiment.name}.html`), experimentPage(result, finding));
    results = inOrder([...results.filter(({ name }) => name !== result.name), result]);
    await writeWhole(join(folder, resultsFile), resultsText(results));
    await writeWhole(join(folder, 'index.html'), indexPage(results, await pictures(folder, results)));
    found?.(result);
  }
}

/** Results in the order of the list of experiments. */
function inOrder(results: readonly Result[]): readonly Result[] {
  const place = (result: Result): number => experiments.findIndex(({ name }) => name === result.name);
  return [...results].sort((a, b) => place(a) - place(b));
}

/** The first figure of each result, as far as the folder still has it. */
async function pictures(folder: string, results: readonly Result[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { name, figures } of results) {
    const svg = figures[0] && (await readFile(join(folder, figures[0]), 'utf8').catch(() => undefined));
    if (svg) found.set(name, svg.replace(/<style>.*<\/style>\n/, ''));
  }
  return found;
}
