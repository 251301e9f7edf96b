import type { UntrainedTask } from '../task.ts';
import { zeroShotPredictor } from './predict.ts';

/** Zero-shot classification: a classifier of pairs judges which labels a text entails. */
export const zeroShotRow: UntrainedTask = { role: 'sequence-classification', labelPredictor: zeroShotPredictor };
