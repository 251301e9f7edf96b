import { escapeMarkup } from '../markup.ts';
import { type PageHead, pageHead } from '../page/page-head.ts';
import { pageSheet } from '../page/page-sheet.ts';
import { pageStyle } from '../page/page-style.ts';
import { patchDrawing } from '../picture/patch-drawing.ts';
import { tokenDrawing } from '../text/token-drawing.ts';
import type { AttentionExample, Section } from './attention-example.ts';
import { attentionPageStyle } from './attention-page-style.ts';

/**
 * A page that shows where a model looked: for every example and every kind of attention an overview of all heads, a row per
 * layer, and the chosen one large: over texts with its tokens, over an image from the chosen token or patch. Over texts it
 * keeps the 8 largest weights of each query, over images all or as many as fit, and says so. One file, see `pageSheet`; below
 * 3 MB for 144 heads over 512 tokens at full resolution, and over more because a pixel then stands for several cells.
 *
 * @throws {InputError} when an example's weights are not [T, S], or its tokens are not those of an image's grid.
 */
export async function attentionPage(examples: readonly AttentionExample[], head: PageHead): Promise<string> {
  const overTokens = tokenDrawing(examples.filter(({ picture }) => !picture));
  const overPatches = patchDrawing(examples.filter(({ picture }) => picture));
  const drawingOf = ({ picture }: AttentionExample) => (picture ? overPatches : overTokens);
  const drawings = [...new Set(examples.map(drawingOf))];
  const sections = await Promise.all(
    examples.map(async (example, at) => {
      const id = `e${at + 1}`;
      return section(example, id, await drawingOf(example).section(example, id));
    }),
  );
  const body = `${pageHead(head)}
${drawings.map(({ guide }) => guide).join('\n')}
<main>
${sections.map(({ markup }) => markup).join('\n')}
</main>`;
  const style = [
    pageStyle,
    attentionPageStyle,
    ...drawings.map((one) => one.style),
    ...sections.map((one) => one.style),
  ];
  return pageSheet(head.title, { style: style.join('\n'), body, language: head.language, hasImages: true });
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

/** An example with its heading. */
function section(example: AttentionExample, id: string, { markup, style }: Section): Section {
  const { input, pair, output } = example;
  const second = pair === undefined ? '' : ` <span class="second-key">${escapeMarkup(pair)}</span>`;
  const said = output === undefined ? '' : ` ${arrow} <span class="output">${escapeMarkup(output)}</span>`;
  const whole = `<section class="example" id="${id}">
<h2><span class="input">${escapeMarkup(input)}</span>${second}${said}${verdict(example)}</h2>
${markup}
</section>`;
  return { markup: whole, style };
}
