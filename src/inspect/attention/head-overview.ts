import { escapeMarkup } from '../markup.ts';
import type { AttentionMap } from './attention-map.ts';
import type { NamedHead, Summary } from './named-head.ts';

/** A head that can be chosen, and where it looks, in words. */
export interface ChosenHead extends Pick<NamedHead, 'key' | 'name'> {
  readonly shares: string;
}

/** The name of a head of a map in a page. */
export const headId = (map: string, head: string): string => `${map}-${head}`;

/** The images of a head: the large one, and that of the overview. */
export interface HeadImages {
  readonly large: string;
  readonly small: string;
}

/** The style that shows a head's images: in the overview, and large once it is chosen, with what is for it alone. */
export function headStyle(id: string, key: string, isOnly: boolean, { large, small }: HeadImages): string {
  const name = headId(id, key);
  const chosen = isOnly ? `#${id}` : `#${id}:has(#${name}:checked)`;
  const isSame = small === large;
  return [
    `#${id} { --${name}: url(${large});${isSame ? '' : ` --s-${name}: url(${small});`} }`,
    `#c-${name} { --image: var(--${isSame ? '' : 's-'}${name}); }`,
    `${chosen} .detail { --image: var(--${name}); } ${chosen} .for-${key} { display: block; }`,
  ].join('\n');
}

/** What the heads of an overview share. */
export interface OverviewForm {
  /** The map's name in the page. */
  readonly id: string;
  readonly summaries: readonly Summary[];
  /** Width over height of a head. */
  readonly aspect: number;
}

/** A choice of the heads of a map, a row per layer, the first of `heads` chosen; nothing for a single head. */
export function headOverview(
  { layers }: Pick<AttentionMap, 'layers'>,
  heads: readonly ChosenHead[],
  { id, summaries, aspect }: OverviewForm,
): string {
  if (heads.length === 1) return '';
  const choices = new Map(
    heads.map(({ key, name, shares }, at) => {
      const label = escapeMarkup(`${name}: ${shares}`);
      return [
        key,
        `<label title="${label}"><input type="radio" name="${id}" id="${headId(id, key)}" aria-label="${label}"${at === 0 ? ' checked' : ''}><span class="weights" id="c-${headId(id, key)}"></span></label>`,
      ];
    }),
  );
  const count = Math.max(summaries.length, ...layers.map((row) => row.length));
  const blank = (cells: number): string => '<span></span>'.repeat(cells);
  const columns = Array.from({ length: count }, (_, at) => `<span class="name">${at + 1}</span>`).join('');
  const first = summaries.map(({ key }) => choices.get(key) ?? '').join('');
  const rows = layers.map((row, layer) => {
    const drawn = row.map((_, at) => choices.get(`${layer}-${at}`) ?? '').join('');
    return `<span class="name">${layer + 1}</span>${drawn}${blank(count - row.length)}`;
  });
  return `<fieldset style="--heads: ${count}; --aspect: ${aspect.toFixed(2)}"><legend>A row per layer, a column per head; first: ${summaries.map(({ name }) => name).join(', ')}</legend>
<div class="heads"><span></span>${first}${blank(count - summaries.length)}
<span></span>${columns}
${rows.join('\n')}</div></fieldset>`;
}
