import { checkAttention, type LayeredAttention, meanWeights } from './attention-map.ts';
import { type AttentionShares, attentionShares, type TokenTexts } from './attention-share.ts';
import { cellsPerPixel, headImage } from './head-image.ts';
import { escapeMarkup } from './markup.ts';
import { type PageHead, pageHead } from './page-head.ts';
import { pageSheet } from './page-sheet.ts';
import { pageStyle } from './page-style.ts';
import { selfAttentionStyle } from './self-attention-style.ts';
import { tokenAxes } from './token-axis.ts';

/** A text, or a pair of texts, and what each of its tokens attends to: `source` and `target` are the same tokens. */
export interface SelfAttentionExample extends LayeredAttention {
  readonly input: string;
  /** The second text of a pair. */
  readonly pair?: string | undefined;
  /** What the model predicts, if it has a head. */
  readonly output?: string | undefined;
  /** Which text each token is of. */
  readonly texts: TokenTexts;
}

/** Bytes of the images of a page. */
const imageBudget = 2_200_000;

/**
 * A page that shows the self-attention of an encoder: for every example an overview of all heads, a row per layer, and the
 * chosen one large with its tokens. One file, see `pageSheet`; below 3 MB for 144 heads over any number of tokens,
 * because a pixel then stands for several cells.
 *
 * @throws {InputError} when an example's weights are not [T, T].
 */
export function selfAttentionPage(examples: readonly SelfAttentionExample[], head: PageHead): string {
  const maps = examples.reduce((total, { layers }) => total + layers.flat().length + 1, 0);
  // Two pixels a byte, four characters of base64 for three bytes.
  const side = Math.max(16, Math.floor(Math.sqrt(((imageBudget / Math.max(1, maps)) * 2 * 3) / 4)));
  const sections = examples.map((example, index) => section(example, `e${index + 1}`, side));
  const cells = Math.max(1, ...examples.map(({ target }) => cellsPerPixel(target.length, side)));
  const body = `${pageHead(head)}
${guide(examples, cells)}
<main>
${sections.map(({ markup }) => markup).join('\n')}
</main>`;
  const style = `${pageStyle}${selfAttentionStyle}${sections.map((one) => one.style).join('\n')}`;
  return pageSheet(head.title, { style, body, language: head.language ?? 'en', hasImages: true });
}

function guide(examples: readonly SelfAttentionExample[], cells: number): string {
  const hasPair = examples.some(({ pair }) => pair !== undefined);
  const pooled = cells > 1 ? ` Texts are long, so a point is the largest weight of ${cells} × ${cells} cells.` : '';
  return `<section class="guide" aria-label="How to read these maps">
<h2>How to read a map</h2>
<p>Each <strong>row</strong> is a token that looks, each <strong>column</strong> a token it looks at, both in the order of the text.
The stronger the colour, the greater the weight; the weights of a row add up to 1. <span class="added-key">[CLS]</span> and others in italics are added by the
tokenizer${hasPair ? '; tokens of the <span class="second-key">second text</span> have another colour' : ''}.${pooled}</p>
<p>Choose a head in the overview to see it large. Weights show what a head <em>reads</em>; on their own they do not explain why the model decides as it does.</p>
</section>`;
}

interface Section {
  readonly markup: string;
  readonly style: string;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Where a head looks, in words. */
function shareText({ self, previous, next, added, other }: AttentionShares): string {
  const parts = [
    `itself ${percent(self)}`,
    `the token before ${percent(previous)}`,
    `the token after ${percent(next)}`,
    `added tokens ${percent(added)}`,
    ...(other === undefined ? [] : [`the other text ${percent(other)}`]),
  ];
  return parts.join(', ');
}

function section(example: SelfAttentionExample, id: string, side: number): Section {
  const { layers, target: tokens, source, texts } = example;
  const heads = layers.flat();
  for (const weights of heads) checkAttention({ target: tokens, source, weights });
  const cells = cellsPerPixel(tokens.length, side);
  const maps = [
    { key: 'mean', name: 'mean of all heads', weights: meanWeights(heads) },
    ...layers.flatMap((row, layer) =>
      row.map((weights, at) => ({ key: `${layer}-${at}`, name: `layer ${layer + 1} · head ${at + 1}`, weights })),
    ),
  ].map((map) => ({ ...map, shares: shareText(attentionShares(map.weights, texts)) }));
  const nameOf = (key: string) => `${id}-${key}`;
  const style = [
    `#${id} { ${maps.map(({ key, weights }) => `--${nameOf(key)}: url(${headImage(weights, cells)});`).join(' ')} }`,
    ...maps.map(({ key }) => {
      const chosen = `#${id}:has(#${nameOf(key)}:checked)`;
      return `#c-${nameOf(key)} { --image: var(--${nameOf(key)}); } ${chosen} .detail { --image: var(--${nameOf(key)}); } ${chosen} .for-${key} { display: block; }`;
    }),
  ].join('\n');
  const choice = (key: string): string => {
    const map = maps.find((one) => one.key === key);
    const label = escapeMarkup(`${map?.name}: ${map?.shares}`);
    return `<label title="${label}"><input type="radio" name="${id}" id="${nameOf(key)}" aria-label="${label}"${key === 'mean' ? ' checked' : ''}><span class="weights" id="c-${nameOf(key)}"></span></label>`;
  };
  const columns = Array.from({ length: Math.max(0, ...layers.map((row) => row.length)) }, (_, at) => at);
  const blank = (count: number): string => '<span></span>'.repeat(count);
  const rows = layers.map(
    (row, layer) =>
      `<span class="name">${layer + 1}</span>${row.map((_, at) => choice(`${layer}-${at}`)).join('')}${blank(columns.length - row.length)}`,
  );
  const { svg, left, top, cell } = tokenAxes(tokens, texts);
  const length = tokens.length * cell;
  const captions = maps.map(
    ({ key, name, shares }) => `<p class="caption for-${key}"><strong>${name}</strong>: on average ${shares}</p>`,
  );
  const markup = `<section class="example" id="${id}">
<h2>${escapeMarkup(example.input)}${example.pair === undefined ? '' : ` <span class="second-key">${escapeMarkup(example.pair)}</span>`}</h2>
${example.output === undefined ? '' : `<p class="prediction">The model says <strong>${escapeMarkup(example.output)}</strong></p>`}
<fieldset style="--heads: ${columns.length}"><legend>A row per layer, a column per head; first the mean of all</legend>
<div class="heads"><span></span>${choice('mean')}${blank(columns.length - 1)}
<span></span>${columns.map((at) => `<span class="name">${at + 1}</span>`).join('')}
${rows.join('\n')}</div></fieldset>
<figure class="detail"><figcaption>${captions.join('\n')}</figcaption>
<div class="scroll"><div class="map" style="width:${left + length + 1}px">
<div class="weights" style="left:${left}px;top:${top}px;width:${length}px;height:${length}px"></div>
${svg}
</div></div></figure>
</section>`;
  return { markup, style };
}
