import { definePosition } from './scheme.ts';

/** No positions: an encoder sees a bag of tokens, a decoder only which tokens came before. */
export const noPositions = definePosition({ fields: {}, use: () => ({}) });
