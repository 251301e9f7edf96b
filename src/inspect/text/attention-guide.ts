import { attentionKindNames, attentionKinds } from '../attention/attention-kind.ts';
import type { AttentionMap } from '../attention/attention-map.ts';
import { keptWeights } from '../attention/largest-weight.ts';
import { escapeMarkup } from '../markup.ts';
import { visibleToken } from './attention-svg.ts';

/** Labels that need an explanation where they occur. */
const oddLabels: readonly (readonly [label: RegExp, meaning: string])[] = [
  [/\(\d+\/\d+\)/, 'is one of several tokens that share the bytes of a character'],
  [/^<0x[0-9A-F]{2}>$/, 'is a byte that is not part of a character'],
];

/** What the unusual labels of some maps mean, each explained by its first occurrence. */
function oddLabelGuide(maps: readonly AttentionMap[]): string {
  const labels = maps.flatMap(({ query, key }) => [...key.tokens, ...query.tokens]);
  const sentences = oddLabels.flatMap(([form, meaning]) => {
    const label = labels.find((one) => form.test(one));
    return label === undefined ? [] : [`${escapeMarkup(label)} ${meaning}. `];
  });
  return sentences.join('');
}

const blankGuide = (maps: readonly AttentionMap[]): string =>
  maps.some(({ query, key }) => [...query.tokens, ...key.tokens].some((token) => visibleToken(token).includes('·')))
    ? '· is a space. '
    : '';

/** What a page's guide speaks of. */
export interface GuideForm {
  /** Cells on a side of a pixel. */
  readonly cells: number;
  readonly hasNumbers: boolean;
  /** Whether the rows and columns are words, see `wordAttention`. */
  readonly isOfWords: boolean;
}

/** How to read the maps of a page. */
export function attentionGuide(maps: readonly AttentionMap[], { cells, hasNumbers, isOfWords }: GuideForm): string {
  const kinds = attentionKindNames.filter((name) => maps.some(({ kind }) => kind === name));
  const axes = kinds.map((name) => {
    const { title, row, column } = attentionKinds[name];
    const where = kinds.length === 1 ? 'Each' : `${title}: each`;
    return `<li>${where} <strong>row</strong> is ${row}; each <strong>column</strong> is ${column}.</li>`;
  });
  const texts = maps.flatMap(({ query, key }) => [...(query.texts ?? []), ...(key.texts ?? [])]);
  const added = texts.includes(null)
    ? 'Tokens in <span class="added-key">italics</span> are added by the tokenizer or begin what the decoder reads. '
    : '';
  const second = texts.includes(1)
    ? 'Tokens of the <span class="second-key">second text</span> have another colour. '
    : '';
  const words = isOfWords
    ? 'Rows and columns are words: a word is looked at with the sum of the weights of its pieces, and looks with their mean. '
    : '';
  const labels = `${blankGuide(maps)}${second}${added}${oddLabelGuide(maps)}`.trim();
  const isCut = maps.some(({ key }) => key.tokens.length > keptWeights);
  const kept = isCut
    ? `The ${keptWeights} largest weights of each row are drawn; <code>heddle inspect --out-weights FILE</code> writes all of them. `
    : '';
  const pooled = cells > 1 ? `Texts are long, so a point is the largest weight of ${cells} × ${cells} cells. ` : '';
  const numbers = hasNumbers ? 'Point at a cell to see its number; the largest of a row has a frame. ' : '';
  const several = maps.some(({ layers }) => layers.flat().length > 1);
  const choice = several ? 'Choose a head in the overview to see it large. ' : '';
  return `<section class="guide" aria-label="How to read these maps">
<h2>How to read a map</h2>
<ul>${axes.join('\n')}</ul>
<p>The stronger the colour, the greater the weight; the weights of a row add up to 1. ${kept}${pooled}${numbers}${words}</p>
${labels === '' ? '' : `<p>${labels}</p>`}
<p>${choice}Weights show what a head <em>reads</em>; on their own they do not explain why the model decides as it does.</p>
</section>`;
}
