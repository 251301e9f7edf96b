/**
 * Draws what the demo's decoder looks at, the mean of all heads: docs/figures/attention-en.svg and attention-ko.svg.
 *
 *   npx heddle demo && npm run docs:attention -- heddle-demo
 */
import { writeFileSync } from 'node:fs';
import { attentionExamples, pipeline } from 'heddle';
import { attentionSvg, meanWeights } from 'heddle/inspect';

const figures = {
  en: { text: 'the 3rd of September, 1998', expected: '1998-09-03' },
  ko: { text: '1998년 오월 3일', expected: '1998-05-03' },
};

/** On a page the colours are the page's; alone they follow the reader's setting. */
const colours =
  '<style>svg{color:#1d1c22}@media(prefers-color-scheme:dark){svg{color:#eceaf3}.weights{fill:#a9a4ff}}</style>';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('attention.mjs: expected the folder that `heddle demo` made, got none');
const translator = await pipeline('translation', folder);
for (const [language, { text, expected }] of Object.entries(figures)) {
  const [{ maps, output }] = await attentionExamples(translator, [text]);
  const { query, key, layers } = maps.find(({ kind }) => kind === 'cross_attentions');
  if (output !== expected) throw new Error(`${folder}: expected ${expected} for ${text}, got ${output}`);
  const weights = meanWeights(layers.flat());
  const svg = attentionSvg(
    { source: key.tokens, target: query.tokens, weights },
    { cell: 30, marksGreatest: true, label: `${text} becomes ${output}` },
  );
  writeFileSync(new URL(`attention-${language}.svg`, import.meta.url), `${svg.replace('>', `>\n${colours}`)}\n`);
}
await translator.dispose();
