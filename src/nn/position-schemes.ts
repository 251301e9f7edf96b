import { alibi } from './position-alibi.ts';
import { learned } from './position-learned.ts';
import { noPositions } from './position-none.ts';
import { relative } from './position-relative.ts';
import { rotary } from './position-rotary.ts';
import type { PositionScheme } from './position-scheme.ts';
import { sinusoidal } from './position-sinusoidal.ts';
import { t5 } from './position-t5.ts';

/** Position schemes by the name that a configuration gives them. */
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
