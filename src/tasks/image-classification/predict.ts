import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import { parseJson } from '../../io/json.ts';
import { ofFilledLines } from '../model/filled-line.ts';
import type { ModelSource } from '../platform/platform.ts';
import type { LinePredictor, Prediction } from '../task.ts';
import { classificationProblems } from '../text-classification/problems.ts';
import { eachImage, readImages } from './image-file.ts';
import { imageClassificationPipeline } from './pipeline.ts';

/** A blank line has no image: its result is blank too. */
const blank: Prediction = { text: '', json: { label: null, score: null } };

/** The numbers of a line in nested lists of any depth. @throws {InputError} when it holds anything else. */
function numbersIn(line: string, where: string): number[] {
  const json = parseJson(line, where);
  const found: number[] = [];
  const pending: unknown[] = [json];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value === 'number') found.push(value);
    else if (Array.isArray(value)) for (const one of value) pending.push(one);
    else throw new InputError(`${where}: expected an image as JSON, lists of numbers, got ${JSON.stringify(value)}`);
  }
  return found.reverse();
}

/** A classifier of images that processes lines, an image each: its pixels as JSON, channel by channel. */
export function imagePredictor(settings: readonly string[]): (source: ModelSource) => Promise<LinePredictor> {
  if (settings.length > 0) {
    throw new InputError(`--set ${settings[0]}: image-classification takes no settings`);
  }
  return async (source) => {
    const classify = await imageClassificationPipeline(source);
    const { image, problemType } = classify.model.model;
    const dims = [image.channels, ...image.size];
    const count = dims.reduce((product, size) => product * size, 1);
    const { shown } = classificationProblems[problemType];
    const read = (line: string, where: string) => {
      const data = numbersIn(line, where);
      if (data.length === count) return { data, dims };
      throw new InputError(`${where}: expected ${count} numbers, an image [${dims.join(', ')}], got ${data.length}`);
    };
    return {
      predict: (lines, placeOf = (line) => `line ${line + 1}`) =>
        ofFilledLines(lines, blank, async (texts, numbers) => {
          const given = texts.map((text, at) => read(text, placeOf(itemAt(numbers, at, 'a line'))));
          return (await classify(given, { top_k: null })).map(shown);
        }),
      dispose: () => classify.dispose(),
    };
  };
}

/** The images of an IDX or safetensors file as lines of JSON. @throws {InputError} when it cannot be read. */
export const imageLines = async (file: string): Promise<string[]> =>
  eachImage(await readImages(file)).map((pixels) => JSON.stringify(Array.from(pixels)));
