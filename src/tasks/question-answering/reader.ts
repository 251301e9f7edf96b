import { int32Vector, textFeeds } from '../model/text-batch.ts';
import type { RowTask } from '../run/row-task.ts';
import type { LabelledWindow, QuestionSet } from './question-set.ts';
import { type ReaderSetup, readerProgram } from './reader-program.ts';
import { type AnswerOptions, readerScores } from './score.ts';
import type { EndNumbers } from './span.ts';

/** A model over questions with known answers. */
export function readerTask(
  setup: ReaderSetup,
  options: AnswerOptions,
): RowTask<LabelledWindow, EndNumbers, QuestionSet> {
  return {
    ...readerProgram(setup),
    batch(rows) {
      const places = (end: 'start' | 'end') => int32Vector(Int32Array.from(rows, ({ label }) => label[end]));
      return {
        counts: { start_positions: rows.length, end_positions: rows.length },
        feeds: { ...textFeeds(rows, setup), start_positions: places('start'), end_positions: places('end') },
      };
    },
    digested: ({ ids, typeIds = [], label }) => ({
      ids: Int32Array.of(...ids, ...typeIds),
      targets: [label.start, label.end],
    }),
    scores: (set, results) => readerScores(set, results, options),
  };
}
