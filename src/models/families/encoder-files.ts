import type { FileRules } from './family-row.ts';

/** The files of Heddle's own encoders: each class has a head of its own. */
export const encoderFiles = (): FileRules => ({
  checkpoint: { heads: ['classifier.**', 'crf.**', 'pooler.**'] },
  copies: new Map(),
});
