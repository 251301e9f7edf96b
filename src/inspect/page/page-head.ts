import { escapeMarkup } from '../markup.ts';

/** The head of a page about a model. */
export interface PageHead {
  readonly title: string;
  /** A sentence or two under the title. */
  readonly lead?: string;
  /** Figures by name: `{ 'exact match': '97.8 %' }`. */
  readonly facts?: Readonly<Record<string, string>>;
  /** Language of the title and lead. Default `en`. */
  readonly language?: string;
}

/** The head as markup. */
export function pageHead({ title, lead = '', facts = {} }: PageHead): string {
  const factList = Object.entries(facts).map(
    ([name, value]) => `<div><dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(value)}</dd></div>`,
  );
  return `<header>
<h1>${escapeMarkup(title)}</h1>
${lead === '' ? '' : `<p class="lead">${escapeMarkup(lead)}</p>`}
${factList.length === 0 ? '' : `<dl class="facts">${factList.join('')}</dl>`}
</header>`;
}
