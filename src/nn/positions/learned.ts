import { gather } from '../../graph/index.ts';
import { learnedPositions } from './position.ts';
import { definePosition } from './scheme.ts';

/** A learned vector for every position, `embed_positions.weight`. Source: Gehring et al. 2017; Devlin et al. 2019. */
export const learned = definePosition({
  fields: {},
  defaultRows: 512,
  use: ({ rows, width }) => ({
    embedding: (stack, at) => gather(learnedPositions(stack.at('embed_positions'), rows, width), at),
  }),
});
