import type { ProblemType } from '../models/classifier-config.ts';
import { multiLabel } from './classification-multi.ts';
import type { ClassificationProblem } from './classification-problem.ts';
import { regression } from './classification-regression.ts';
import { singleLabel } from './classification-single.ts';

/** Every problem by its `problem_type`. A problem is added here. */
export const classificationProblems: Readonly<Record<ProblemType, ClassificationProblem>> = {
  single_label_classification: singleLabel,
  multi_label_classification: multiLabel,
  regression,
};
