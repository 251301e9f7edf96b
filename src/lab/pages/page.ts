import { escapeMarkup } from '../../inspect/markup.ts';
import { pageSheet } from '../../inspect/page/page-sheet.ts';
import type { Finding } from '../experiment.ts';
import { pageText } from '../number-text.ts';
import { pageStyle } from './page-style.ts';
import type { Result } from './result.ts';
import { tableMarkup, tableStyle } from './table.ts';

const sheet = (title: string, body: string): string => pageSheet(title, { style: pageStyle + tableStyle, body });

const paragraphs = (texts: readonly string[]): string => texts.map((text) => `<p>${pageText(text)}</p>`).join('\n');

const verdict = ({ shown }: Result): string =>
  shown
    ? '<span class="verdict shown">The claim held.</span>'
    : '<span class="verdict missing">The claim did not hold.</span>';

const warning = ({ budget }: Result): string =>
  budget < 1
    ? `<p class="warning">A quick look with ${escapeMarkup(String(Math.round(100 * budget)))} % of the work: these numbers prove nothing.</p>`
    : '';

const claim = ({ claim, source }: Result): string =>
  `<blockquote>${pageText(claim)}<cite>${pageText(source)}</cite></blockquote>`;

/** An experiment's page: the claim, the result, the explanation, and the method. */
export function experimentPage(result: Result, { says, explanation, method, figures, tables }: Finding): string {
  const { name, title, seeds, seconds } = result;
  const drawn = figures.map(
    ({ name, caption, svg }) =>
      `<figure id="${escapeMarkup(name)}"><div class="scroll">${svg}</div><figcaption>${pageText(caption)}</figcaption></figure>`,
  );
  return sheet(
    title,
    `<p class="crumb"><a href="index.html">All experiments</a></p>
<h1>${pageText(title)}</h1>
${claim(result)}
${warning(result)}
<main>
<p class="says">${verdict(result)} ${pageText(says)}</p>
${drawn[0] ?? ''}
${paragraphs(explanation)}
${drawn.slice(1).join('\n')}
${tables.map(tableMarkup).join('\n')}
<h2>Method</h2>
${paragraphs(method)}
<dl>
<dt>command</dt><dd><code>heddle lab ${escapeMarkup(name)}</code></dd>
<dt>program</dt><dd><code>src/lab/experiments/${escapeMarkup(name)}/run.ts</code></dd>
<dt>seeds</dt><dd>${escapeMarkup(seeds.join(', '))}; bands and whiskers span the smallest and the largest result</dd>
<dt>time</dt><dd>${seconds} s</dd>
</dl>
</main>`,
  );
}

/** The page of all experiments in a folder. `pictures`: the first figure of each as SVG, by name. */
export function indexPage(results: readonly Result[], pictures: ReadonlyMap<string, string>): string {
  const cards = results.map((result) => {
    const picture = pictures.get(result.name);
    return `<article class="card">
<h2><a href="${escapeMarkup(result.name)}.html">${pageText(result.title)}</a></h2>
${picture ? `<figure>${picture}</figure>` : ''}
<p>${pageText(result.claim)}</p>
${warning(result)}
<p>${verdict(result)} ${pageText(result.says)}</p>
</article>`;
  });
  const shown = results.filter((result) => result.shown).length;
  return sheet(
    'Laboratory',
    `<h1>Laboratory</h1>
<p>What is taught about sequence models, put to the test: ${shown} of ${results.length} claims held. All numbers are in <code>results.json</code>.</p>
<main class="cards">
${cards.join('\n')}
</main>`,
  );
}
