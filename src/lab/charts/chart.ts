import { scaleLinear, scaleLog } from 'd3-scale';
import { fontStack } from '../../inspect/page/font.ts';
import { InputError } from '../../io/error.ts';
import { powerOfTen } from '../number-text.ts';

/** One axis of a chart. */
export interface Axis {
  readonly label: string;
  /** Linear when absent; a logarithmic axis takes only positive numbers. */
  readonly scale?: 'linear' | 'log';
  /** Range of the axis; that of the data when absent. */
  readonly domain?: readonly [number, number];
  /** Positions of ticks; round numbers when absent. */
  readonly ticks?: readonly number[];
  /** Format of ticks. */
  readonly format?: (value: number) => string;
}

/** Options of every chart. */
export interface ChartHead {
  /** What the chart shows, like the title of a slide; it wraps. */
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
}

/** Sizes in pixels: text stays readable when the chart fills a slide. */
export const chartSize = { width: 960, height: 560, title: 25, text: 19, tick: 17 } as const;

/**
 * Colours for lines and areas: a contrast of 3 : 1 or better against white and against a dark page, distinguishable by
 * colour-blind readers, also by markers. Source: Okabe & Ito 2008, the pale ones darkened.
 */
export const palette = ['#0072b2', '#d55e00', '#008f68', '#b14d94', '#9a7300', '#767684', '#7b5cd6'] as const;

export const colourOf = (index: number): string => palette[index % palette.length];

/** Values of an axis to pixels, as a continuous scale of `d3-scale`. */
export interface Scale {
  (value: number): number;
  /** From where to where. */
  domain(): number[];
  /** About `count` round values. */
  ticks(count: number): number[];
  /** How such ticks are written. */
  tickFormat(count: number): (value: number) => string;
}

/**
 * The scale of an axis over the values that it shows.
 *
 * @throws {InputError} when a value is not finite, or not positive on a logarithmic axis.
 */
export function scaleOf(axis: Axis, values: readonly number[], range: readonly [number, number]): Scale {
  const isLog = axis.scale === 'log';
  const shown = [...values, ...(axis.domain ?? [])];
  const wrong = shown.find((value) => !Number.isFinite(value) || (isLog && value <= 0));
  if (shown.length === 0 || wrong !== undefined) {
    const wanted = isLog ? 'positive numbers for a logarithmic axis' : 'finite numbers';
    throw new InputError(`chart: expected ${wanted}, got ${wrong ?? 'none'}, at axis "${axis.label}"`);
  }
  const domain = axis.domain ?? [Math.min(...values), Math.max(...values)];
  const [from, to] =
    domain[0] === domain[1] ? [domain[0] * 0.9 - (isLog ? 0 : 0.1), domain[1] * 1.1 + (isLog ? 0 : 0.1)] : domain;
  const scale = (isLog ? scaleLog() : scaleLinear()).domain([from, to]).range([...range]);
  if (axis.domain || axis.ticks) return scale;
  const round = isLog ? roundPlaces(from, to) : [];
  return round.length > 0 && round.length <= mostRound
    ? scale.domain([round[0], round[round.length - 1]])
    : scale.nice();
}

/** A logarithmic axis with more round numbers shows only powers of ten. */
const mostRound = 6;

/** 1, 2, 5, 10, 20, … from the last that is not above `from` to the first that is not below `to`. */
function roundPlaces(from: number, to: number): readonly number[] {
  const decades = Math.ceil(Math.log10(to)) - Math.floor(Math.log10(from));
  const all = Array.from({ length: 3 * decades + 1 }, (_, i) => [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3));
  const places = all.map((place) => Number((place * 10 ** Math.floor(Math.log10(from))).toPrecision(1)));
  const first = places.findLastIndex((place) => place <= from * (1 + 1e-9));
  const last = places.findIndex((place) => place >= to * (1 - 1e-9));
  return places.slice(first, last + 1);
}

/** Positions and labels of an axis' ticks. */
export function ticksOf(axis: Axis, scale: Scale, most = 7): { readonly at: number; readonly text: string }[] {
  const [from, to] = scale.domain();
  const round = axis.scale === 'log' && !axis.ticks ? roundPlaces(from, to) : [];
  if (round.length > 2 && round.length <= mostRound) {
    return round.map((at) => ({ at, text: axis.format?.(at) ?? plain(at) }));
  }
  if (axis.scale === 'log' && !axis.ticks) {
    const first = Math.ceil(Math.log10(from) - 1e-9);
    const count = Math.floor(Math.log10(to) + 1e-9) - first + 1;
    if (count > 2) {
      const every = Math.ceil(count / most);
      const start = Math.ceil(first / every) * every;
      const powers = Array.from(
        { length: Math.floor((first + count - 1 - start) / every) + 1 },
        (_, i) => start + i * every,
      );
      const written = powers.every((power) => Math.abs(power) <= 3)
        ? (power: number) => String(10 ** power)
        : powerOfTen;
      return powers.map((power) => ({ at: 10 ** power, text: axis.format?.(10 ** power) ?? written(power) }));
    }
  }
  const ticks = axis.ticks ?? scale.ticks(most);
  const format = axis.format ?? (axis.ticks ? plain : scale.tickFormat(most));
  return ticks.map((at) => ({ at, text: format(at) }));
}

const plain = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 6 });

export const fontAttributes = `font-family='${fontStack}' fill="currentColor"`;
