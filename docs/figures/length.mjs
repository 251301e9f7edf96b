/**
 * Scores translators by the length of the sentence: a table, and docs/figures/multi30k-length.svg.
 *
 *   npm run build && npm run docs:length -- test.en.gz test.de.gz attention=runs/multi30k-rnn 'one vector=runs/multi30k-rnn-plain'
 *
 * The texts are tokenised and lower-cased.
 */
import { writeFileSync } from 'node:fs';
import { pipeline } from 'heddle';
import { readParallel } from 'heddle/data';
import { lineChart } from 'heddle/lab';
import { corpusBleu } from 'heddle/measure';

/** Most words of a sentence in each group; the last has all that are longer. */
const limits = [8, 10, 12, 14, 17, 20, Number.POSITIVE_INFINITY];

/** On a page the colours are the page's; alone they follow the reader's setting. */
const colours = '<style>svg{color:#1d1c22}@media(prefers-color-scheme:dark){svg{color:#eceaf3}}</style>';

const [source, target, ...runs] = process.argv.slice(2);
if (runs.length === 0) throw new Error('length.mjs: expected SOURCE TARGET NAME=RUN …, got no run');
const text = await readParallel('', { source, target });
const words = text.source.map((line) => line.trim().split(/\s+/).length);
const groups = limits.map((most, i) => words.flatMap((n, at) => (n <= most && n > (limits[i - 1] ?? 0) ? [at] : [])));
const mean = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
const lengths = groups.map((group) => mean(group.map((at) => words[at])));

const series = [];
for (const run of runs) {
  const [name, folder] = run.split('=');
  const translate = await pipeline('translation', folder);
  const written = (await translate(text.source)).map(({ translation_text }) => translation_text);
  await translate.dispose();
  const bleu = (places) =>
    corpusBleu(
      places.map((at) => written[at]),
      [places.map((at) => text.target[at])],
      { tokenize: 'none' },
    ).score;
  series.push({ name, all: bleu([...words.keys()]), scores: groups.map(bleu) });
}

const row = (cells) => `| ${cells.join(' | ')} |`;
const named = limits.map((most, i) =>
  Number.isFinite(most) ? `${(limits[i - 1] ?? 0) + 1}–${most}` : `> ${limits[i - 1]}`,
);
console.log(row(['words', ...named, 'all']));
console.log(row(['---', ...limits.map(() => '---'), '---']));
console.log(row(['sentences', ...groups.map((group) => group.length), words.length]));
for (const { name, all, scores } of series)
  console.log(row([name, ...[...scores, all].map((score) => score.toFixed(1))]));

const highest = Math.max(...series.flatMap(({ scores }) => scores));
const svg = lineChart({
  title: 'Real sentences: attention is worth most of the score, at every length',
  x: { label: 'words of the sentence' },
  y: { label: 'BLEU', domain: [0, 10 * Math.ceil(highest / 10)], format: (value) => value.toFixed(0) },
  series: series.map(({ name, scores }) => ({ name, points: scores.map((y, i) => ({ x: lengths[i], y })) })),
});
writeFileSync(new URL('multi30k-length.svg', import.meta.url), `${svg.replace('>', `>\n${colours}`)}\n`);
