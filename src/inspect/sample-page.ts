import { commonPositions } from '../measure/longest-subsequence.ts';
import { escapeMarkup } from './markup.ts';
import { type PageHead, pageHead } from './page-head.ts';
import { pageSheet } from './page-sheet.ts';
import { pageStyle } from './page-style.ts';

/** A text that a model read, what it made of it and what is right. */
export interface WrittenSample {
  readonly input: string;
  readonly output: string;
  readonly reference: string;
}

/** Drawn, since not every font has one. */
const tick =
  '<svg class="tick" role="img" aria-label="exactly right" width="14" height="12" viewBox="0 0 14 12">' +
  '<path d="M1 6.5l4 4L13 1" fill="none" stroke="currentColor" stroke-width="2"/></svg>';

/** So many samples a page shows at most. */
const mostShown = 200;

/**
 * A page of samples, evenly drawn from all in their order: what was read, what the model wrote and, where that differs,
 * what is right. Words of one that the other lacks are marked. One file, see {@link pageSheet}; it prints.
 */
export function samplePage(samples: readonly WrittenSample[], head: PageHead): string {
  const count = Math.min(samples.length, mostShown);
  const shown = Array.from({ length: count }, (_, i) => samples[Math.floor((i * samples.length) / count)]);
  const which = count < samples.length ? `${count} of ${samples.length} samples, evenly drawn` : `${count} samples`;
  const right = shown.filter(isRight).length;
  const body = `${pageHead(head)}
<main>
<p class="key">${which}; ${right} exactly right ${tick}. Of the others <del>words that are too many</del> and
<ins>words that are missing</ins> are marked.</p>
<table>
<thead><tr><th scope="col">read</th><th scope="col">written, and what is right</th></tr></thead>
<tbody>
${shown.map(row).join('\n')}
</tbody>
</table>
</main>`;
  return pageSheet(head.title, { style: pageStyle + tableStyle, body, language: head.language });
}

const isRight = ({ output, reference }: WrittenSample): boolean => output === reference;

function row(sample: WrittenSample): string {
  const { input, output, reference } = sample;
  const cells = isRight(sample)
    ? `${tick} ${escapeMarkup(output)}`
    : `<p>${marked(output, reference, 'del')}</p><p class="reference">${marked(reference, output, 'ins')}</p>`;
  return `<tr><td>${escapeMarkup(input)}</td><td>${cells}</td></tr>`;
}

/** `text` with the words marked that are not, in this order, in `other` too. */
function marked(text: string, other: string, tag: 'del' | 'ins'): string {
  const [words, others] = [text, other].map((each) => each.split(/\s+/u).filter(Boolean));
  if (words.length === 0) return '<span class="none">nothing</span>';
  const common = new Set(commonPositions(words, others));
  return words
    .map((word, i) => (common.has(i) ? escapeMarkup(word) : `<${tag}>${escapeMarkup(word)}</${tag}>`))
    .join(' ');
}

const tableStyle = `
.key { margin: 2rem 0 .8rem; color: var(--quiet); }
table { width: 100%; border-collapse: collapse; table-layout: fixed; background: var(--sheet); }
th { text-align: start; font-size: .82rem; font-weight: 500; color: var(--quiet); }
th, td { padding: .65rem .9rem; border: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tr { break-inside: avoid; }
td p { margin: 0; }
.tick { color: var(--right); }
.reference { margin-top: .3rem; color: var(--quiet); }
.none { font-style: italic; color: var(--quiet); }
del, ins { text-underline-offset: .2em; }
del { color: var(--wrong); text-decoration: underline dotted 2px; }
ins { color: var(--right); text-decoration: underline 2px; }
`;
