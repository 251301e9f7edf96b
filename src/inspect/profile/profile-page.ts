import { escapeMarkup, short } from '../markup.ts';
import { pageHead } from '../page/page-head.ts';
import { pageSheet } from '../page/page-sheet.ts';
import { pageStyle } from '../page/page-style.ts';
import type { Advice, MeasuredStep } from './advice.ts';
import type { ProductSize } from './product.ts';
import { profileStyle } from './profile-style.ts';
import { type BareRate, type LayerPart, type NodeCost, nodeTime, type ProductPart } from './step-profile.ts';

/** A measured step of a training, with what a reader needs to judge it. */
export interface ProfileReport extends MeasuredStep {
  readonly advice: readonly Advice[];
  readonly task: string;
  /** The class of the model. */
  readonly model: string;
  readonly parameters: number;
  readonly engine: string;
  readonly processor: string;
  readonly shards: number;
  /** What a reader must know about the figures, a sentence each. */
  readonly notes: readonly string[];
}

/** Nodes that a page lists. */
const mostNodes = 20;

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const ms = (value: number): string => (value < 100 ? value.toFixed(value < 10 ? 2 : 1) : whole(value));
const percent = (value: number, whole: number): string => `${((100 * value) / whole).toFixed(1)} %`;
/** GFLOP/s */
const speed = (value: number): string => (value < 10 ? value.toFixed(1) : whole(value));

/** A cell: text, a number, or ready markup. */
type Cell = string | { readonly markup: string; readonly kind?: string };

const cell = (content: Cell): string =>
  typeof content === 'string'
    ? `<td>${escapeMarkup(content)}</td>`
    : `<td${content.kind ? ` class="${content.kind}"` : ''}>${content.markup}</td>`;

interface TableRow {
  readonly name: string;
  /** A second line under the name. */
  readonly about?: string;
  readonly cells: readonly Cell[];
  readonly isSum?: boolean;
}

/** Text whose lines may break after the dots of a path. */
const broken = (text: string): string => escapeMarkup(text).replace(/\.(?=[a-z0-9_])/gi, '.<wbr>');

const table = (columns: readonly string[], rows: readonly TableRow[]): string => {
  const heads = columns.map((name) => `<th scope="col"${name === '' ? ' class="bar"' : ''}>${escapeMarkup(name)}</th>`);
  const body = rows.map(({ name, about, cells, isSum }) => {
    const more = about === undefined ? '' : `<small>${escapeMarkup(about)}</small>`;
    const head = `<th scope="row">${broken(name)}${more}</th>`;
    return `<tr${isSum ? ' class="sum"' : ''}>${head}${cells.map(cell).join('')}</tr>`;
  });
  return `<table>
<thead><tr>${heads.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>`;
};

/** A bar of parts, each with its class, as wide as their share of the longest. */
function bar(parts: readonly (readonly [kind: string, value: number])[], longest: number): Cell {
  const spans = parts
    .filter(([, value]) => value > 0)
    .map(([kind, value]) => `<span class="${kind}" style="width:${short((100 * value) / longest)}%"></span>`);
  return { kind: 'bar', markup: `<div class="track">${spans.join('')}</div>` };
}

const section = (title: string, about: string, content: string): string => `<section>
<h2>${escapeMarkup(title)}</h2>
<p class="about">${about}</p>
${content}
</section>`;

function layerTable(layers: readonly LayerPart[], total: number): string {
  const longest = Math.max(...layers.map((layer) => layer.ms));
  const rows = layers.map(({ name, forward, backward, ms: all }) => ({
    name,
    cells: [
      bar(
        [
          ['forward', forward],
          ['backward', backward],
          ['outer', all - forward - backward],
        ],
        longest,
      ),
      forward > 0 ? ms(forward) : '–',
      backward > 0 ? ms(backward) : '–',
      ms(all),
      percent(all, total),
    ],
  }));
  const sum = (of: (layer: LayerPart) => number): string => ms(layers.reduce((n, layer) => n + of(layer), 0));
  const last = {
    name: 'all layers',
    isSum: true,
    cells: [
      bar([], longest),
      sum(({ forward }) => forward),
      sum(({ backward }) => backward),
      sum((layer) => layer.ms),
      '100 %',
    ],
  };
  return table(['layer', '', 'forward', 'backward', 'ms', 'share'], [...rows, last]);
}

const sizeText = ({ batch, rows, inner, columns }: ProductSize): string =>
  `${batch === 1 ? '' : `${batch} × `}[${rows}, ${inner}] · [${inner}, ${columns}]`;

function productTable({ profile, bare, largest }: ProfileReport): string {
  const own = (name: string, { ms: time, rate }: ProductPart): TableRow[] =>
    time > 0 ? [{ name, cells: [ms(time), speed(rate), percent(rate, bare.rate)] }] : [];
  const alone = (name: string, { rate }: BareRate): TableRow => ({
    name,
    cells: ['–', speed(rate), percent(rate, bare.rate)],
  });
  return table(
    ['product', 'ms', 'GFLOP/s', 'of the bare rate'],
    [
      ...own('in this training', profile.products),
      ...own('in the bodies of its loops', profile.loops.products),
      ...(largest ? [alone(`alone, the training's largest: ${sizeText(largest.size)}`, largest)] : []),
      alone(`alone, bare: ${sizeText(bare.size)}`, bare),
    ],
  );
}

function nodeTable(nodes: readonly NodeCost[], total: number): string {
  const rows = nodes.slice(0, mostNodes).map((node) => ({
    name: `${node.op}, ${node.layer}${node.pass ? `, ${node.pass}` : ''}`,
    about: node.shapes,
    cells: [
      ms(node.ms),
      percent(node.ms, total),
      short(node.calls, 1),
      node.rate === undefined ? '–' : speed(node.rate),
    ],
  }));
  return table(['node, with the shapes of its longest run', 'ms', 'share', 'runs', 'GFLOP/s'], rows);
}

/** The whole of the recorded step: nodes, what is between them, and what is outside. */
function wholeTable({ profile }: ProfileReport): string {
  const { recordedTime, lanes, between, waiting } = profile;
  const total = lanes * recordedTime.step;
  const row = (name: string, value: number, isSum = false): TableRow => ({
    name,
    isSum,
    cells: [bar([['forward', isSum ? 0 : value]], total), ms(value), percent(value, total)],
  });
  return table(
    ['part', '', 'ms', 'share'],
    [
      row('nodes', nodeTime(profile)),
      row('between nodes, recording included', between),
      row(
        lanes > 1 ? 'lanes that wait, for JavaScript or for each other' : 'outside the engine, and in calling it',
        waiting,
      ),
      row(lanes > 1 ? `a recorded step in ${lanes} lanes` : 'a recorded step', total, true),
    ],
  );
}

const plural = (count: number, name: string): string => `${whole(count)} ${name}${count === 1 ? '' : 's'}`;

/**
 * A page that shows where a training step's time goes: by layer, by kind of work, in the most costly nodes, and beside
 * the rate at which the machine multiplies matrices. One file, see `pageSheet`.
 */
export function profilePage(report: ProfileReport): string {
  const { profile, bare, advice, notes, tokens, padding } = report;
  const { time, recordedTime, updates, lanes, threads, nodes } = profile;
  const total = nodeTime(profile);
  const title = 'Where a training step’s time goes';
  const facts = {
    'a step': `${ms(time.step)} ms`,
    'tokens per second': whole((1000 * tokens) / time.step),
    'outside the engine': percent(time.outside, time.step),
    ...(profile.products.ms > 0 && { 'products, of the bare rate': percent(profile.products.rate, bare.rate) }),
    ...(padding !== undefined && { 'padding, by attention_mask': percent(padding, 1) }),
  };
  const machine = `${report.processor}, ${lanes > 1 ? `${plural(lanes, 'lane')} with ` : ''}${plural(threads, 'thread')}${lanes > 1 ? ' each' : ''}`;
  const lead = `${report.task}: ${report.model} of ${whole(report.parameters)} parameters, ${whole(tokens)} tokens an update, on ${machine}, with the engine ${report.engine}. Mean of ${plural(updates, 'update')}.`;
  const says = [...advice.map(({ text }) => text), ...notes];
  const kinds = [...profile.kinds].sort((a, b) => b.ms - a.ms);
  const longest = Math.max(...kinds.map((kind) => kind.ms));
  const more = recordedTime.step - time.step;
  const slower = more > 0 ? `makes a step ${percent(more, time.step)} longer` : 'makes it no longer';
  const looped =
    profile.loops.calls > 0
      ? ` ${ms(profile.loops.ms)} ms of it are spent in loops, ${whole(profile.loops.calls)} executions.`
      : '';
  const body = `${pageHead({ title, lead, facts })}
<main>
${says.length > 0 ? `<div class="advice">${says.map((text) => `<p>${escapeMarkup(text)}</p>`).join('\n')}</div>` : ''}
${section(
  'By layer',
  'Milliseconds a step. A gradient is in the layer that it differentiates.',
  `<p class="keys"><span class="key"></span>forward<span class="key backward"></span>backward<span class="key outer"></span>outside the model</p>
${layerTable(profile.layers, total)}`,
)}
${section(
  'By kind of work',
  `Milliseconds a step, in ${whole(profile.calls)} executions of nodes.${looped}`,
  table(
    ['kind', '', 'ms', 'share'],
    kinds.map((kind) => ({
      name: kind.name,
      cells: [bar([['forward', kind.ms]], longest), ms(kind.ms), percent(kind.ms, total)],
    })),
  ),
)}
${section(
  'Matrix products beside the machine',
  `What is alone is measured after the training, with ${plural(threads, 'thread')}, its best run.`,
  productTable(report),
)}
${section(
  'The whole step',
  `The engine was idle for ${ms(time.outside)} ms of a step of ${ms(time.step)} ms. Reading and padding batches takes ${ms(time.batches)} ms and random bytes ${ms(time.randomBytes)} ms, while the engine works on the update before. The parts on this page are those of the same updates while the engine records them, which ${slower}.`,
  wholeTable(report),
)}
${section(
  `The ${plural(Math.min(mostNodes, nodes.length), 'node')} that take longest`,
  `Of ${whole(nodes.length)}. Runs are executions in an update.`,
  nodeTable(nodes, total),
)}
</main>`;
  return pageSheet(title, { style: pageStyle + profileStyle, body });
}
