/** The page of a model of images in a browser: what is drawn over the picture is what the model looks at. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AttentionExample } from '../../src/inspect/attention/attention-example.ts';
import { type HeadWeights, meanWeights } from '../../src/inspect/attention/attention-map.ts';
import { attentionPage } from '../../src/inspect/attention/attention-page.ts';
import { attentionRollout } from '../../src/inspect/attention/attention-rollout.ts';
import { attentionExamples, loadModel } from '../../src/tasks/index.ts';
import { openReader, type Place, type Reader } from '../browser/reader.ts';
import { drawFloats } from '../ops/draw.ts';

const folder = fileURLToPath(new URL('../golden/models/deit_teacher', import.meta.url));
const side = 2;

let reader: Reader;
let page: Page;
let example: AttentionExample;
beforeAll(async () => {
  reader = await openReader();
  const model = await loadModel(folder);
  const image = { data: drawFloats('image', 3 * 8 * 8), dims: [3, 8, 8] };
  const [shown] = await attentionExamples({ model, processor: { do_rescale: false } }, image);
  await model.dispose();
  if (!shown?.picture) throw new Error('expected an example');
  // A black picture, so that a colour says how strong the weight is that is drawn over it.
  example = { ...shown, picture: { ...shown.picture, pixels: new Uint8Array(3 * 8 * 8) } };
  page = await reader.open(await attentionPage([example], { title: 'Where it looked' }), 1100);
});
afterAll(() => reader.close());

/** The centres of the patches. */
const centres = Array.from(
  { length: side * side },
  (_, at): Place => [((at % side) + 0.5) / side, (Math.floor(at / side) + 0.5) / side],
);

const levelsOf = (row: Float32Array): number[] => {
  const most = Math.max(...row.subarray(2));
  return Array.from(row, (weight) => Math.round(15 * Math.min(1, weight / most)) / 15);
};

/** Chooses a head and what looks, and compares what is drawn with its weights: on the tokens, over the picture, in the overview. */
async function expectDrawn(name: string, weights: HeadWeights, token: string): Promise<void> {
  await page.getByLabel(new RegExp(`^${name}: `)).check({ force: true });
  await page.getByLabel(token, { exact: true }).check({ force: true });
  const { tokens } = example.maps[0].query;
  const levels = levelsOf(weights[tokens.indexOf(token)]);
  const over = await reader.colours(page.locator('.over'), centres);
  over.forEach(([red = 0], at) => expect(Math.abs(red - 255 * 0.7 * levels[2 + at])).toBeLessThan(5));
  const learned = await reader.colours(page.locator('.learned .weights'), [
    [0.5, 0.25],
    [0.5, 0.75],
  ]);
  // Orange over white.
  learned.forEach(([, , blue = 0], at) => expect(Math.abs(blue - (255 - (255 - 69) * levels[at]))).toBeLessThan(5));
  const small = await reader.colours(page.locator(`label:has([aria-label^="${name}: "])`), centres);
  small.forEach(([red = 0], at) => expect(Math.abs(red - (255 - (255 - 63) * levels[2 + at]))).toBeLessThan(9));
}

test('the weights of any head are drawn from any token or patch', async () => {
  const { layers } = example.maps[0];
  await expectDrawn('mean of all heads', meanWeights(layers.flat()), 'class token');
  await expectDrawn('layer 2 · head 1', layers[1][0], 'class token');
  await expectDrawn('layer 2 · head 1', layers[1][0], 'row 2, column 1');
  await expectDrawn('layer 1 · head 2', layers[0][1], 'distillation token');
  await expectDrawn('attention rollout', attentionRollout(layers), 'row 1, column 2');
});

test('keys choose what looks, and the head', async () => {
  const chosen = (part: string) => page.locator(`${part} :checked`).getAttribute('aria-label');
  await page.getByLabel('class token', { exact: true }).check({ force: true });
  await page.getByLabel('class token', { exact: true }).focus();
  for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowRight');
  expect(await chosen('.looking')).toBe('row 1, column 2');
  await page.keyboard.press('ArrowUp');
  expect(await chosen('.looking')).toBe('row 1, column 1');
  await page.getByLabel(/^mean of all heads: /).check({ force: true });
  await page.getByLabel(/^mean of all heads: /).focus();
  await page.keyboard.press('ArrowRight');
  expect(await chosen('.heads')).toMatch(/^attention rollout: /);
  expect(await page.locator('.caption:visible').count()).toBe(1);
});
