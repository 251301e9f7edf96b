/**
 * Draws what the class token of the model in docs/classify-images.md looks at: docs/figures/patches.svg, an image, the mean
 * of all heads, attention rollout.
 *
 *   npm run docs:patches -- stripes data/mine/dev.safetensors
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { attentionExamples, loadModel, pipeline } from 'heddle';
import { attentionRollout, meanWeights, patchSvg, pictureAddress } from 'heddle/inspect';
import { parseSafetensors } from 'heddle/weights';

/** Pixels on a side of a patch, and between pictures. */
const [cell, gap] = [36, 24];
/** On a page the colours are the page's; alone they follow the reader's setting. */
const colours = '<style>text{fill:#1d1c22}@media(prefers-color-scheme:dark){text{fill:#eceaf3}}</style>';

const [folder, file] = process.argv.slice(2);
if (!folder || !file) throw new Error('patches.mjs: expected the folder of a model and a file of images');
const { shape, data } = parseSafetensors(new Uint8Array(readFileSync(file)), file).tensors.get('pixel_values');
const dims = shape.slice(1);
const image = { data: data.slice(0, data.length / shape[0]), dims };

const classify = await pipeline('image-classification', folder);
const model = await loadModel(folder);
const [{ picture, maps }] = await attentionExamples({ model, processor: classify.processor }, image);
await model.dispose();
await classify.dispose();

const [{ query: axis, layers }] = maps;
const [rows, columns] = axis.grid;
const [width, height] = [columns * cell, rows * cell];
const over = (weights) => patchSvg({ picture, axis, weights }, { cell });
const panels = {
  image: `<image href="${await pictureAddress(picture)}" width="${width}" height="${height}" style="image-rendering:pixelated"/>`,
  'mean of all heads': await over(meanWeights(layers.flat())),
  'attention rollout': await over(attentionRollout(layers)),
};
const drawn = Object.entries(panels).map(([name, panel], at) => {
  const text = `<text x="${width / 2}" y="${height + 22}" text-anchor="middle" font-family="system-ui, sans-serif" font-size="15">${name}</text>`;
  return `<g transform="translate(${at * (width + gap)} 0)">\n${panel}\n${text}\n</g>`;
});
const [allWidth, allHeight] = [3 * width + 2 * gap, height + 30];
const label = 'Where the class token looks: an image, the mean of all heads over it, attention rollout over it';
const svg = `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${label}" width="${allWidth}" height="${allHeight}" viewBox="0 0 ${allWidth} ${allHeight}">
${colours}
${drawn.join('\n')}
</svg>
`;
writeFileSync(new URL('patches.svg', import.meta.url), svg);
