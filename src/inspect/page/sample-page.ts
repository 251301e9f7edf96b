import { commonPairs } from '../../measure/rouge/longest-subsequence.ts';
import { escapeMarkup } from '../markup.ts';
import { type PageHead, pageHead } from './page-head.ts';
import { pageSheet } from './page-sheet.ts';
import { pageStyle } from './page-style.ts';

/** A text that a model read, its output, and the expected output. */
export interface WrittenSample {
  readonly input: string;
  readonly output: string;
  readonly reference: string;
}

/** Drawn, since not every font has one. */
const tick =
  '<svg class="tick" role="img" aria-label="exactly right" width="14" height="12" viewBox="0 0 14 12">' +
  '<path d="M1 6.5l4 4L13 1" fill="none" stroke="currentColor" stroke-width="2"/></svg>';

/** Most samples that a page shows. */
const mostShown = 200;

/** Above this product of the two word counts texts are shown unmarked: comparing them would take too much memory. */
const mostCompared = 4e6;

/**
 * A page of samples, evenly spaced over all of them, in order: the input, the model's output and, where it differs, the
 * expected output. Words that only one of the two has are marked. One file, see `pageSheet`; it prints.
 */
export function samplePage(samples: readonly WrittenSample[], head: PageHead): string {
  const count = Math.min(samples.length, mostShown);
  const shown = Array.from({ length: count }, (_, i) => comparison(samples[Math.floor((i * samples.length) / count)]));
  const total = `${samples.length} sample${samples.length === 1 ? '' : 's'}`;
  const which = count < samples.length ? `${count} of ${total}, evenly spaced` : total;
  const right = shown.filter(({ isRight }) => isRight).length;
  const body = `${pageHead(head)}
<main>
<p class="key">${which}; of these ${right} exactly right ${tick}. In the others <del>extra words</del> and
  <ins>missing words</ins> are marked.</p>
<table>
<thead><tr><th scope="col">read</th><th scope="col">written, and what is right</th></tr></thead>
<tbody>
${shown.map(row).join('\n')}
</tbody>
</table>
</main>`;
  return pageSheet(head.title, { style: pageStyle + tableStyle, body, language: head.language });
}

/** A word, or a mark between words, with the space before it. */
interface Word {
  readonly text: string;
  readonly blank: string;
}

/** A sample in words; `common` holds the positions of the words that both texts have, in order. */
interface Comparison {
  readonly input: string;
  readonly output: readonly Word[];
  readonly reference: readonly Word[];
  readonly common: readonly (readonly [inOutput: number, inReference: number])[];
  readonly isCompared: boolean;
  readonly isRight: boolean;
}

function comparison({ input, output, reference }: WrittenSample): Comparison {
  const [written, right] = [output, reference].map(wordsOf);
  const isCompared = written.length * right.length <= mostCompared;
  const isRight = written.length === right.length && written.every(({ text }, i) => text === right[i].text);
  const texts = (words: readonly Word[]) => words.map(({ text }) => text);
  const common = isCompared && !isRight ? commonPairs(texts(written), texts(right)) : [];
  return { input, output: written, reference: right, common, isCompared, isRight };
}

const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let blank = '';
  for (const { segment } of segmenter.segment(text.trim())) {
    if (/^\s+$/u.test(segment)) {
      blank = ' ';
      continue;
    }
    words.push({ text: segment, blank });
    blank = '';
  }
  return words;
}

function row(sample: Comparison): string {
  const { input, output, reference, common, isCompared, isRight } = sample;
  const marked = (words: readonly Word[], side: 0 | 1, tag: 'del' | 'ins') => {
    const known = new Set(common.map((pair) => pair[side]));
    return markup(words, (i) => (isCompared && !known.has(i) ? tag : undefined));
  };
  const cell = isRight
    ? `${tick} ${markup(output, () => undefined)}`
    : `<p dir="auto">${marked(output, 0, 'del')}</p><p dir="auto" class="reference">${marked(reference, 1, 'ins')}</p>`;
  return `<tr><td dir="auto">${shownText(input)}</td><td dir="auto">${cell}</td></tr>`;
}

/** Words as markup, each in the tag that `tagOf` gives it. */
function markup(words: readonly Word[], tagOf: (i: number) => string | undefined): string {
  if (words.length === 0) return '<span class="none">nothing</span>';
  const parts = words.map(({ text, blank }, i) => {
    const tag = tagOf(i);
    return `${blank}${tag ? `<${tag}>${shownText(text)}</${tag}>` : shownText(text)}`;
  });
  return parts.join('');
}

/** Text as markup, control characters as their pictures. */
const shownText = (text: string): string =>
  escapeMarkup(
    text.replace(/\p{Cc}/gu, (sign) => String.fromCodePoint(0x2400 + Math.min(sign.codePointAt(0) as number, 0x21))),
  );

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
