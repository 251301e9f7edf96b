import { attentionGuide } from './attention-guide.ts';
import type { AttentionMap } from './attention-map.ts';
import { attentionPageStyle } from './attention-page-style.ts';
import { mapSection, overviewCells, type Section } from './attention-section.ts';
import { keptWeights } from './largest-weight.ts';
import { escapeMarkup } from './markup.ts';
import { type PageHead, pageHead } from './page-head.ts';
import { pageSheet } from './page-sheet.ts';
import { pageStyle } from './page-style.ts';

/** What a model read, what it says about it, and where it looked. */
export interface AttentionExample {
  /** The text, or the first of a pair. */
  readonly input: string;
  /** The second text of a pair: the context of a question, the hypothesis of a premise. */
  readonly pair?: string | undefined;
  /** What the model writes or predicts, if it has a head. */
  readonly output?: string | undefined;
  /** The expected output, if known. */
  readonly reference?: string | undefined;
  /** Whether rows and columns of the maps are words, see `wordAttention`. */
  readonly isOfWords?: boolean | undefined;
  /** A map for each kind of attention that the model has. */
  readonly maps: readonly AttentionMap[];
}

/** Most characters of the images of a page. */
const imageBudget = 2_400_000;

/** Characters that a pixel of an image takes: one with a weight among empty ones, and any of a full image. */
const [sparsePixel, densePixel] = [2.1, 0.7];

/** Most weights whose numbers a page holds. */
const mostNumbers = 8_000;

/**
 * A page that shows where a model looked: for every example and every kind of attention an overview of all heads, a row per
 * layer, and the chosen one large with its tokens. It keeps the 8 largest weights of each query. One file, see `pageSheet`;
 * below 3 MB for 144 heads over 512 tokens at full resolution, and over more because a pixel then stands for several cells.
 *
 * @throws {InputError} when an example's weights are not [T, S].
 */
export async function attentionPage(examples: readonly AttentionExample[], head: PageHead): Promise<string> {
  const maps = examples.flatMap((example) => example.maps);
  const hasNumbers = maps.reduce((sum, map) => sum + keptCount(map), 0) <= mostNumbers;
  const cells = cellsFor(maps);
  const form = { cells, hasNumbers };
  const sections = await Promise.all(examples.map((example, at) => section(example, `e${at + 1}`, form)));
  const isOfWords = examples.some((example) => example.isOfWords);
  const body = `${pageHead(head)}
${attentionGuide(maps, { cells, hasNumbers, isOfWords })}
<main>
${sections.map(({ markup }) => markup).join('\n')}
</main>`;
  const style = `${pageStyle}${attentionPageStyle}${sections.map((one) => one.style).join('\n')}`;
  return pageSheet(head.title, { style, body, language: head.language, hasImages: true });
}

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

/** Drawn, because not every font has one. */
const arrow =
  '<svg class="arrow" role="img" aria-label="becomes" width="26" height="12" viewBox="0 0 26 12">' +
  '<path d="M1 6h23M19 1l5 5-5 5" fill="none" stroke="currentColor" stroke-width="1.6"/></svg>';

function verdict({ output, reference }: AttentionExample): string {
  if (reference === undefined) return '';
  return output === reference
    ? ' <span class="verdict right">as expected</span>'
    : ` <span class="verdict wrong">expected ${escapeMarkup(reference)}</span>`;
}

async function section(
  example: AttentionExample,
  id: string,
  form: { readonly cells: number; readonly hasNumbers: boolean },
): Promise<Section> {
  const { input, pair, output } = example;
  const parts = await Promise.all(example.maps.map((map) => mapSection(map, `${id}-${map.kind}`, form)));
  const second = pair === undefined ? '' : ` <span class="second-key">${escapeMarkup(pair)}</span>`;
  const said = output === undefined ? '' : ` ${arrow} <span class="output">${escapeMarkup(output)}</span>`;
  const markup = `<section class="example" id="${id}">
<h2><span class="input">${escapeMarkup(input)}</span>${second}${said}${verdict(example)}</h2>
${parts.map((part) => part.markup).join('\n')}
</section>`;
  return { markup, style: parts.map(({ style }) => style).join('\n') };
}
