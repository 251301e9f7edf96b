/** Formats of numbers in tables and sentences. */
import { escapeMarkup } from '../inspect/markup.ts';

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 10³, 10⁻⁶. */
export const powerOfTen = (exponent: number): string =>
  `10${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map((digit) => superscripts[Number(digit)]).join('')}`;

const raised = new RegExp(`[⁻${superscripts}]+`, 'gu');
/** A letter with an index of one or two letters or a digit: d_k, δ_ij, x_0. */
const indexed = /(?<!\w)([a-zA-Zα-ω])_([a-z]{1,2}|\d)(?!\w)/gu;

type Wrap = (text: string) => string;

/** Exponents and indices of an escaped text as markup: many fonts lack ⁻, and none has every letter as a subscript. */
const withScripts = (markup: string, exponent: Wrap, index: Wrap): string =>
  markup
    .replace(indexed, (_, letter: string, of: string) => `${letter}${index(of)}`)
    .replace(raised, (signs) =>
      exponent([...signs].map((one) => (one === '⁻' ? '−' : superscripts.indexOf(one))).join('')),
    );

/** Spaces at which lines must not break: `69 %`, `T = 256`, `ln 16`. */
const held = (text: string): string =>
  text.replace(/(?<=\d) (?=%)| (?== [\d±−])|(?<= =) (?=[\d±−])|(?<=\bln) (?=\d)/g, '\u00a0');

/** Text of a page: escaped, with superscripts, subscripts, and no line break inside `69 %` and the like. */
export const pageText = (text: string): string =>
  withScripts(
    escapeMarkup(held(text)),
    (exponent) => `<sup>${exponent}</sup>`,
    (index) => `<sub>${index}</sub>`,
  );

/** Text of a chart, likewise; a zero-width space returns to the baseline. */
export const chartText = (text: string): string =>
  withScripts(
    escapeMarkup(text),
    (exponent) => `<tspan dy="-0.38em" font-size="72%">${exponent}</tspan><tspan dy="0.27em">\u200b</tspan>`,
    (index) => `<tspan dy="0.22em" font-size="72%">${index}</tspan><tspan dy="-0.16em">\u200b</tspan>`,
  );

/** A number with `digits` significant figures, in powers of ten when it is very small or large: `0.032`, `4.1·10⁻⁷`. */
export function figures(value: number, digits = 2): string {
  if (value === 0) return '0';
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -3 && exponent < 6) {
    return Number(value.toPrecision(digits)).toLocaleString('en-US', { maximumFractionDigits: 6 }).replace('-', '−');
  }
  const [factor, power] = value
    .toExponential(digits - 1)
    .replace('-', '−')
    .replace('e−', 'e-')
    .split('e');
  return `${factor}·${powerOfTen(Number(power))}`;
}

/** A share of 1: `69 %`, `0.052 %`. */
export const percent = (share: number, digits = 2): string => `${figures(100 * share, digits)} %`;
