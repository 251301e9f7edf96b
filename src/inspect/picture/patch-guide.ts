import { escapeMarkup } from '../markup.ts';

/** What a page's guide to images speaks of. */
export interface PatchGuideForm {
  /** The names of the tokens before the patches. */
  readonly learned: readonly string[];
  /** How many of the largest weights of each query are drawn; infinite for all. */
  readonly kept: number;
  /** Pixels on a side of a point of a picture. */
  readonly pixels: number;
  /** Whether there are several heads. */
  readonly hasSeveral: boolean;
}

/** How to read the maps over images of a page. */
export function patchGuide({ learned, kept, pixels, hasSeveral }: PatchGuideForm): string {
  const [first, ...others] = learned.map(escapeMarkup);
  const start =
    first === undefined
      ? ''
      : `At first the ${first} looks: it is read with the patches, and a classifier predicts labels from its vector. `;
  const more = others.map((name) => `The ${name} is read with them too. `).join('');
  const cut = Number.isFinite(kept)
    ? `The ${kept} largest weights of each are drawn; <code>heddle inspect --out-weights FILE</code> writes all of them. `
    : '';
  const points = pixels > 1 ? `A point of a picture is the mean of ${pixels} × ${pixels} pixels. ` : '';
  const heads = hasSeveral
    ? `<li>Choose <strong>a head</strong> in the overview to see it over the image.</li>
<li><strong>Attention rollout</strong> adds the layers up: the share of each patch in a vector of the last layer, if every layer takes half from the one below and half from the mean of its heads (Abnar &amp; Zuidema 2020).</li>`
    : '';
  return `<section class="guide" aria-label="How to read these maps">
<h2>How to read a map over an image</h2>
<ul><li>Every map shows where <strong>one token or patch</strong> looks. ${start}${more}Choose a patch of the image to see where it looks.</li>
${heads}</ul>
<p>The stronger the colour, the greater the weight; the strongest is the largest weight on a patch. ${cut}${points}</p>
<p>Weights show what a head <em>reads</em>; on their own they do not explain why the model decides as it does.</p>
</section>`;
}
