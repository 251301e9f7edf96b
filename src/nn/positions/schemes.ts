import { alibi } from './alibi.ts';
import { learned } from './learned.ts';
import { noPositions } from './none.ts';
import { relative } from './relative.ts';
import { rotary } from './rotary.ts';
import type { PositionScheme } from './scheme.ts';
import { sinusoidal } from './sinusoidal.ts';
import { t5 } from './t5.ts';

/** Position schemes by their names in configurations. */
export type PositionSchemes = Readonly<Record<string, PositionScheme>>;

/** Every scheme. A new one is a file and a line here. */
export const positionSchemes: PositionSchemes = {
  none: noPositions,
  sinusoidal,
  learned,
  relative,
  t5,
  rotary,
  alibi,
};
