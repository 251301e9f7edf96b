import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { readParallel } from '../../data/read/parallel.ts';
import type { AttentionExample } from '../../inspect/attention/attention-example.ts';
import { attentionPage } from '../../inspect/attention/attention-page.ts';
import { InputError } from '../../io/error.ts';
import { FolderInUseError, FolderLock, isLock } from '../../io/folder-lock.ts';
import { itemAt } from '../../io/item-at.ts';
import { writeWhole } from '../../io/whole-file.ts';
import type { Backend } from '../../runtime/backend.ts';
import { RunFolder } from '../../train/run/run-folder.ts';
import { attentionExamples } from '../attention/attention-example.ts';
import { pipelineOf } from '../pipeline.ts';
import { nodePlatform } from '../platform/node.ts';
import { modelSource } from '../platform/platform.ts';
import { loadRecipe } from '../recipe/file.ts';
import { dataFolder, demoRecipeFile, writeDemoRecipe } from './demo-recipe.ts';
import { type TrainRecipeOptions, type TrainResult, trainIn } from './train-recipe.ts';

/** Options of `heddle demo`. */
export interface DemoOptions {
  /** The folder to create; by default `heddle-demo`, then `heddle-demo-2`, … */
  readonly out?: string | undefined;
  readonly backend: Backend;
  /** `PATH=VALUE` each, applied to the demo's recipe. */
  readonly settings?: readonly string[] | undefined;
  /** Shows the training, and can stop it. `loggingSteps`: updates between plain lines. */
  show(training: {
    readonly folder: string;
    readonly recipe: string;
    readonly loggingSteps: number;
  }): Required<Pick<TrainRecipeOptions, 'listener' | 'say'>> & Pick<TrainRecipeOptions, 'signal'> & { end(): void };
}

/** The results of the demo. */
export interface DemoResult {
  readonly folder: string;
  /** Path of the attention page. */
  readonly page: string;
  /** Share of unseen dates that are correct, 0–1. */
  readonly exactMatch: number;
  readonly samples: readonly AttentionExample[];
}

const defaultFolder = 'heddle-demo';
const pageFile = 'attention.html';
const sampleCount = 5;

/**
 * The whole workflow on generated data: trains a translator of dates, scores it on unseen dates, translates five and
 * draws their attention.
 *
 * @throws {InputError} when `out` is not empty.
 */
export async function runDemo({ out, ...options }: DemoOptions): Promise<DemoResult> {
  const run = await emptyFolder(out);
  try {
    return await demoIn(run, options);
  } finally {
    await run.close();
  }
}

async function demoIn(run: RunFolder, { backend, settings = [], show }: Omit<DemoOptions, 'out'>): Promise<DemoResult> {
  const start = performance.now();
  const folder = run.path;
  const file = await writeDemoRecipe(folder);
  const recipe = await loadRecipe(file, settings);
  if (recipe.task !== 'translation')
    throw new InputError(`demo: expected a recipe for translation, got ${recipe.task}`);
  const { end, ...shown } = show({ folder, recipe: file, loggingSteps: recipe.train.logging_steps });
  const beside = [dataFolder, demoRecipeFile];
  const result = await trainIn(run, recipe, { beside, backend, ...shown }).finally(end);
  const exactMatch = Number(result.metrics.test_exact_match);
  const seconds = (performance.now() - start) / 1000;
  const samples = await demoSamples(folder, recipe.data, backend);
  const page = join(folder, pageFile);
  await writeWhole(page, await demoPage(samples, exactMatch, seconds, result));
  return { folder, page, exactMatch, samples };
}

/** A new or empty folder, locked: `out`, or the first free default name. */
async function emptyFolder(out: string | undefined): Promise<RunFolder> {
  for (let number = 1; ; number++) {
    const folder = new RunFolder(out ?? (number === 1 ? defaultFolder : `${defaultFolder}-${number}`));
    try {
      if (await isFree(folder.path)) {
        await folder.hold();
        return folder;
      }
      await FolderLock.refuse(folder.path);
    } catch (error) {
      if (out !== undefined || !(error instanceof FolderInUseError)) throw error;
    }
    if (out !== undefined) throw new InputError(`${out}: expected a new or empty folder, got one that is not empty`);
  }
}

async function isFree(path: string): Promise<boolean> {
  const found = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') return [path];
    throw error;
  });
  return found.every(isLock);
}

/** Five unseen dates in five different formats, from both languages. */
async function demoSamples(
  folder: string,
  data: { readonly root: string; readonly test?: Parameters<typeof readParallel>[1] },
  backend: Backend,
): Promise<AttentionExample[]> {
  if (!data.test) throw new Error('demo: the recipe has no test set');
  const { source, target } = await readParallel(data.root, data.test);
  const chosen = variedPairs(source);
  const translator = await pipelineOf('translation', modelSource(nodePlatform, folder, { backend }));
  try {
    const texts = chosen.map((at) => itemAt(source, at, 'a text'));
    const references = chosen.map((at) => itemAt(target, at, 'a text'));
    return await attentionExamples(translator, texts, { references });
  } finally {
    await translator.dispose();
  }
}

/** The format of a date: digits and letters by kind, `nnnn년 n월 n일`. */
const patternOf = (text: string): string => text.replace(/\d/g, 'n').replace(/[A-Za-z]+/g, 'a');
const isKorean = (text: string): boolean => /[\uac00-\ud7a3]/.test(text);

/** Indices of texts with different formats, alternating between English with words, and Korean. */
function variedPairs(texts: readonly string[]): number[] {
  const seen = new Set<string>();
  const chosen: number[] = [];
  texts.forEach((text, at) => {
    const wantsKorean = chosen.length % 2 === 1;
    const hasWords = isKorean(text) || /[A-Za-z]{4}/.test(text);
    if (chosen.length === sampleCount || !hasWords || isKorean(text) !== wantsKorean || seen.has(patternOf(text)))
      return;
    seen.add(patternOf(text));
    chosen.push(at);
  });
  return chosen;
}

function demoPage(
  samples: readonly AttentionExample[],
  exactMatch: number,
  seconds: number,
  { state }: TrainResult,
): Promise<string> {
  return attentionPage(samples, {
    title: 'Where each digit of a date comes from',
    lead:
      'A small Transformer learned to convert dates written in English and Korean to ISO 8601, character by character. ' +
      'The maps show where it looked in dates it had never seen.',
    facts: {
      'exact match on unseen dates': `${(100 * exactMatch).toFixed(1)} %`,
      'training and scoring': `${Math.round(seconds)} s`,
      updates: state.global_step.toLocaleString('en-US'),
    },
  });
}
