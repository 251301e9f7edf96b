import { gather } from '../../graph/index.ts';
import { sinusoidalPositions } from './position.ts';
import { definePosition, type PositionUse } from './scheme.ts';

/** Limit on the numbers in a position table: it is a constant of the graph, and an ONNX file must stay below 2 GiB. */
const largestTable = 2 ** 28;

/** A constant table of sines and cosines as positions, [rows, width]. */
export const sinusoids = (rows: number, width: number): PositionUse => ({
  embedding: (_, at) => gather(sinusoidalPositions(rows, width), at),
});

/** A constant table of sines and cosines added to the embeddings. Source: Vaswani et al. 2017, section 3.5. */
export const sinusoidal = definePosition({
  fields: {},
  defaultRows: 512,
  fault: ({ rows, width }) =>
    rows * width > largestTable
      ? `expected max_position_embeddings of at most ${Math.floor(largestTable / width)} with width ${width}, got ${rows}`
      : undefined,
  use: ({ rows, width }) => sinusoids(rows, width),
});
