/** Numbers as a table or a sentence writes them. */
import { escapeMarkup } from '../inspect/markup.ts';

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 10³, 10⁻⁶. */
export const powerOfTen = (exponent: number): string =>
  `10${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map((digit) => superscripts[Number(digit)]).join('')}`;

const raised = new RegExp(`[⁻${superscripts}]+`, 'gu');

/** The exponents in an escaped text as markup: many fonts have no ⁻. */
const withExponents = (markup: string, open: string, close: string): string =>
  markup.replace(raised, (exponent) => {
    const plain = [...exponent].map((one) => (one === '⁻' ? '−' : superscripts.indexOf(one))).join('');
    return `${open}${plain}${close}`;
  });

/** Text of a page: escaped, exponents raised. */
export const pageText = (text: string): string => withExponents(escapeMarkup(text), '<sup>', '</sup>');

/** Text of a chart; what follows an exponent is lowered again. */
export const chartText = (text: string): string =>
  withExponents(
    escapeMarkup(text),
    '<tspan dy="-0.38em" font-size="72%">',
    '</tspan><tspan dy="0.27em">\u200b</tspan>',
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
