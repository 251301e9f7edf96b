import { basename, join, resolve } from 'node:path';
import { diskFolder } from '../../io/disk-folder.ts';
import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import { type Content, writeFolderWhole, writeWhole } from '../../io/whole-file.ts';
import { storedSummary } from '../../models/folder/file-summary.ts';
import { type LoadedModel, openModel, readParameters } from '../../models/folder/load.ts';
import { saveModelFiles } from '../../models/folder/save.ts';
import { tokenizerFilesIn } from '../../text/convert/read-tokenizer.ts';
import { sentenceFilesIn } from '../feature-extraction/sentence-folder.ts';
import { heddleFile, heddleText, readHeddleFile } from '../folder/heddle-file.ts';
import { cardFile, quantizedCard } from '../folder/model-card.ts';
import { processorFile } from '../image-classification/image-processor.ts';
import type { Scores } from '../task.ts';
import { charactersFile, wordsFile } from '../token-classification/words/word-reader-word.ts';
import { evaluateFiles } from './evaluate.ts';

/** Files of a model folder, besides the tokenizer's, that are the same for a quantized model. */
const keptFiles: readonly string[] = [...[wordsFile, charactersFile, processorFile]];

/** How `heddle quantize` is called. */
export interface QuantizeCall {
  /** The folder to write; it must not exist. */
  readonly out: string;
  /** Data that both models are scored on, as `heddle evaluate` takes them. */
  readonly data?: readonly string[] | undefined;
  /** Settings of `heddle evaluate`. */
  readonly settings?: readonly string[] | undefined;
  readonly allow_unsafe_patterns?: boolean | undefined;
}

/** A model before and after. */
export interface Quantization {
  /** Bytes of the weights in the files. */
  readonly bytes: readonly [before: number, after: number];
  /** Scores of both, if there are data. */
  readonly scores?: readonly [before: Scores, after: Scores];
}

/**
 * Writes a model folder with int8 weights: `heddle quantize`. The folder appears when it is complete.
 *
 * @throws {InputError} when the model or the data cannot be used, the folder exists, the model is int8 already, or an option
 *   about scores is given without data.
 */
export async function quantizeFolder(model: string, { out, data, ...evaluation }: QuantizeCall): Promise<Quantization> {
  if (!data) refuseScoring(evaluation);
  const folder = diskFolder(model);
  const loaded = await loadInt8(folder);
  const score = async (path: string): Promise<Scores | undefined> =>
    data && (await evaluateFiles(path, { ...evaluation, settings: evaluation.settings ?? [], data })).metrics;
  let scores: Quantization['scores'];
  await writeFolderWhole(out, async (temporary) => {
    const before = await score(model);
    for (const [name, content] of await filesOf(folder, loaded)) await writeWhole(join(temporary, name), content);
    const after = await score(temporary);
    if (before && after) scores = [before, after];
  });
  const bytes = [(await storedSummary(folder)).bytes, (await storedSummary(diskFolder(out))).bytes] as const;
  return { bytes, ...(scores && { scores }) };
}

/** @throws {InputError} for an option that acts on scores alone. */
function refuseScoring({ settings = [], allow_unsafe_patterns = false }: Omit<QuantizeCall, 'out' | 'data'>): void {
  const given = { '--set': settings.length > 0, '--allow-unsafe-patterns': allow_unsafe_patterns };
  const [name] = Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  if (name) throw new InputError(`quantize ${name}: expected --data, the files to score both models on, got none`);
}

async function loadInt8(folder: Folder): Promise<LoadedModel> {
  const opened = await openModel(folder);
  const { weights, close, ...model } = opened;
  try {
    if (model.isInt8) throw new InputError(`${folder.name}: expected a model in float32, got one that is int8 already`);
    return { ...model, parameters: await readParameters(opened, 'int8') };
  } finally {
    await close();
  }
}

/** The files of the quantized model. */
async function filesOf(folder: Folder, loaded: LoadedModel): Promise<Map<string, Content>> {
  const files = new Map<string, Content>(saveModelFiles(loaded, loaded.parameters, loaded.generationConfig));
  const kept: string[] = [];
  for (const name of [...keptFiles, ...(await sentenceFilesIn(folder))]) if (await folder.has(name)) kept.push(name);
  for (const name of [...kept, ...(await tokenizerFilesIn(folder))]) files.set(name, await folder.read(name));
  const made = await readHeddleFile(folder);
  // The scores are those of the model in float32.
  if (made) files.set(heddleFile, heddleText({ ...made, metrics: undefined }));
  const card = (await folder.has(cardFile)) ? new TextDecoder().decode(await folder.read(cardFile)) : undefined;
  return files.set(cardFile, quantizedCard(basename(resolve(folder.name)), made, card));
}
