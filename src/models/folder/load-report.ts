import type { MatchReport, ShapeDifference } from '../../weights/match-options.ts';
import { shapeText } from '../../weights/name-match.ts';

/** How a folder's weights differ from the model's, and how they are stored. */
export interface LoadReport extends MatchReport {
  /**
   * The element types in the files: `F32`, `BF16`. Weights are used as they are stored, widened to float32; Transformers
   * rounds them to the type that `config.json` says.
   */
  readonly dtypes: readonly string[];
  /** The `dtype` or `torch_dtype` of `config.json`. */
  readonly declared: string | undefined;
}

/** The safetensors names of PyTorch's types. */
const stored: Readonly<Record<string, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
};

const difference = ({ name, found, expected }: ShapeDifference): string =>
  `${name} ${shapeText(found)} → ${shapeText(expected)}`;

/** The most names in a note before the rest are counted. */
const mostListed = 6;

function note(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const rest = names.length > mostListed ? `, and ${names.length - mostListed} more` : '';
  return [`${what}: ${names.slice(0, mostListed).join(', ')}${rest}`];
}

/** What someone who starts from a folder must know, a line each: what is new, what is unused, what has other sizes. */
export function loadNotes(report: LoadReport, unknownFields: readonly string[] = []): string[] {
  const { missing, mismatched, resized, unexpected, dtypes, declared } = report;
  const named = declared?.replace(/^torch\./, '');
  const isOther = named !== undefined && stored[named] !== undefined && !dtypes.includes(stored[named]);
  return [
    ...note('new weights', missing),
    ...note('new weights, because their size is another', mismatched.map(difference)),
    ...note('resized weights', resized.map(difference)),
    ...note('unused weights', unexpected),
    ...note('fields of config.json that have no effect', unknownFields),
    ...(isOther ? [`config.json says ${named}, but weights are stored as ${dtypes.join(', ')}, and used so`] : []),
  ];
}
