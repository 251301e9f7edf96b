import { type LayeredAttention, meanWeights } from './attention-map.ts';
import { mapStyle } from './attention-page-style.ts';
import { attentionSvg, opacityOf } from './attention-svg.ts';
import { escapeMarkup } from './markup.ts';
import { type PageHead, pageHead } from './page-head.ts';
import { pageSheet } from './page-sheet.ts';
import { pageStyle } from './page-style.ts';

/** One sentence of the page. */
export interface AttentionExample extends LayeredAttention {
  /** The input. */
  readonly input: string;
  /** The model's output. */
  readonly output: string;
  /** The expected output, if known. */
  readonly reference?: string;
}

/**
 * A page that shows which source tokens each target token looked at: for every example a large map of the mean over all
 * heads, then every head of every layer if there is more than one. One file, see `pageSheet`; it prints.
 *
 * @throws {InputError} when an example's weights are not [T, S].
 */
export function attentionPage(examples: readonly AttentionExample[], head: PageHead): string {
  const body = `${pageHead(head)}
${guide(examples)}
<main>
${examples.map(section).join('\n')}
</main>`;
  return pageSheet(head.title, { style: pageStyle + mapStyle, body, language: head.language });
}

const LEGEND_STEPS = 24;

/** Opacities from weight 0 to weight 1. */
function legend(): string {
  const steps = Array.from({ length: LEGEND_STEPS }, (_, i) => {
    const opacity = opacityOf(i / (LEGEND_STEPS - 1));
    return `<rect x="${i * 8}" y="0" width="8" height="14" fill-opacity="${opacity}"/>`;
  });
  return (
    `<svg class="legend" role="img" aria-label="Colour scale from weight 0 to 1" width="194" height="36" viewBox="-1 -1 194 36">` +
    `<g class="weights" fill="#3f3aa8">${steps.join('')}</g>` +
    `<rect class="frame" x="-0.5" y="-0.5" width="193" height="15" fill="none" stroke="#8a8a94" stroke-opacity="0.45"/>` +
    `<g class="ticks" font-size="12" fill="currentColor"><text x="0" y="30">0</text>` +
    `<text x="96" y="30" text-anchor="middle">0.5</text><text x="192" y="30" text-anchor="end">1</text></g></svg>`
  );
}

/** Labels that need an explanation where they occur. */
const oddLabels: readonly (readonly [label: RegExp, meaning: string])[] = [
  [/\(\d+\/\d+\)/, 'is one of several tokens that share the bytes of a character'],
  [/^<0x[0-9A-F]{2}>$/, 'is a byte that is not part of a character'],
];

/** What the unusual labels of some examples mean, each explained by its first occurrence. */
function oddLabelGuide(examples: readonly AttentionExample[]): string {
  const labels = examples.flatMap(({ source, target }) => [...source, ...target]);
  const sentences = oddLabels.flatMap(([form, meaning]) => {
    const label = labels.find((one) => form.test(one));
    return label === undefined ? [] : [` ${escapeMarkup(label)} ${meaning}.`];
  });
  return sentences.join('');
}

/** How to read the maps. With a single head the large map is that head. */
function guide(examples: readonly AttentionExample[]): string {
  const isOne = examples.every(hasOneHead);
  return `<section class="guide" aria-label="How to read these maps">
<div>
<h2>How to read a map</h2>
<p>Each <strong>row</strong> is a token the model wrote, top to bottom in the order it wrote them. Each <strong>column</strong> is a token
of the input. The stronger the colour, the more the decoder looked there. The weights of a row add up to 1.</p>
<p>Point at a cell to see its number. The <span class="ring"></span> ring marks the largest weight of a row; · is a space, &lt;/s&gt; the end.${oddLabelGuide(examples)}</p>
<p>${isOne ? '' : 'A layer has several heads that look independently; the large map is their mean. '}Weights show what
  ${isOne ? 'the decoder' : 'a head'} <em>reads</em>; on their own they do not explain why the model decides as it does.</p>
</div>
<figure>${legend()}<figcaption>attention weight</figcaption></figure>
</section>`;
}

/** Drawn, because not every font has one. */
const arrow =
  '<svg class="arrow" role="img" aria-label="becomes" width="26" height="12" viewBox="0 0 26 12">' +
  '<path d="M1 6h23M19 1l5 5-5 5" fill="none" stroke="currentColor" stroke-width="1.6"/></svg>';

const hasOneHead = ({ layers }: LayeredAttention): boolean => layers.flat().length === 1;

function section(example: AttentionExample, index: number): string {
  const isOne = hasOneHead(example);
  const { source, target, layers } = example;
  const mean = meanWeights(layers.flat());
  const large = attentionSvg(
    { source, target, weights: mean },
    { cell: 26, marksGreatest: true, label: `${isOne ? 'Attention' : 'Mean attention'} for: ${example.input}` },
  );
  const rows = layers.map((heads, layer) => {
    const figures = heads.map((weights, head) => {
      const name = `layer ${layer + 1} · head ${head + 1}`;
      const small = attentionSvg(
        { source, target, weights },
        { cell: smallCell(source.length), hasLabels: false, label: name },
      );
      return `<figure><figcaption>${name}</figcaption>${small}</figure>`;
    });
    return `<div class="heads">${figures.join('')}</div>`;
  });
  return `<section class="example" id="example-${index + 1}">
<h2><span class="input">${escapeMarkup(example.input)}</span> ${arrow} <span class="output">${escapeMarkup(example.output)}</span>${verdict(example)}</h2>
<figure class="mean">${isOne ? '' : '<figcaption>mean of all heads</figcaption>'}<div class="scroll">${large}</div></figure>
${isOne ? '' : rows.join('\n')}
</section>`;
}

/** Limits the width of small maps. */
const smallCell = (columns: number): number => Math.min(14, Math.max(4, Math.floor(232 / columns)));

function verdict({ output, reference }: AttentionExample): string {
  if (reference === undefined) return '';
  return output === reference
    ? ' <span class="verdict right">as expected</span>'
    : ` <span class="verdict wrong">expected ${escapeMarkup(reference)}</span>`;
}
