import type { AttentionExample, Drawing } from '../attention/attention-example.ts';
import type { AttentionMap } from '../attention/attention-map.ts';
import { densePixel, sparsePixel } from '../attention/head-image.ts';
import { keptWeights } from '../attention/largest-weight.ts';
import { attentionGuide } from './attention-guide.ts';
import { mapSection, overviewCells } from './attention-section.ts';

/** Most characters of the images of a page. */
const imageBudget = 2_400_000;

/** Most weights whose numbers a page holds. */
const mostNumbers = 8_000;

/** How many weights of a map a page keeps. */
const keptCount = ({ layers, query, key }: AttentionMap): number =>
  layers.flat().length * query.tokens.length * Math.min(keptWeights, key.tokens.length);

/** About how many characters the images of a map take, if a pixel is so many cells on a side. */
function imageSize({ layers, query, key }: AttentionMap, cells: number): number {
  const [height, width] = [query, key].map(({ tokens }) => Math.ceil(tokens.length / cells));
  const kept = height * Math.min(keptWeights * cells, width);
  return layers.flat().length * Math.min(sparsePixel * kept, densePixel * height * width);
}

/** The smallest number of cells on a side of a pixel with which the images of a page fit into it. */
function cellsFor(maps: readonly AttentionMap[]): number {
  const sizeFor = (cells: number): number =>
    maps.reduce((sum, map) => {
      const small = overviewCells(map, cells);
      return sum + imageSize(map, cells) + (small === cells ? 0 : imageSize(map, small));
    }, 0);
  const most = Math.max(1, ...maps.map(({ query, key }) => Math.max(query.tokens.length, key.tokens.length)));
  let cells = 1;
  while (cells < most && sizeFor(cells) > imageBudget) cells += 1;
  return cells;
}

/** Maps with a row and a column per token. */
export function tokenDrawing(examples: readonly AttentionExample[]): Drawing {
  const maps = examples.flatMap((example) => example.maps);
  const hasNumbers = maps.reduce((sum, map) => sum + keptCount(map), 0) <= mostNumbers;
  const cells = cellsFor(maps);
  const isOfWords = examples.some((example) => example.isOfWords);
  return {
    guide: attentionGuide(maps, { cells, hasNumbers, isOfWords }),
    style: '',
    async section(example, id) {
      const parts = await Promise.all(
        example.maps.map((map) => mapSection(map, `${id}-${map.kind}`, { cells, hasNumbers })),
      );
      return {
        markup: parts.map(({ markup }) => markup).join('\n'),
        style: parts.map(({ style }) => style).join('\n'),
      };
    },
  };
}
