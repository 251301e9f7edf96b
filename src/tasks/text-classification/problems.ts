import type { ProblemType } from '../../models/heads/fields/classifier-fields.ts';
import type { ClassificationProblem } from './problem.ts';
import { multiLabel } from './problem-multi.ts';
import { regression } from './problem-regression.ts';
import { singleLabel } from './problem-single.ts';

/** Every problem by its `problem_type`. Add a problem here. */
export const classificationProblems: Readonly<Record<ProblemType, ClassificationProblem>> = {
  single_label_classification: singleLabel,
  multi_label_classification: multiLabel,
  regression,
};
