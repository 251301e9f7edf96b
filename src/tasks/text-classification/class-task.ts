import { itemAt } from '../../io/item-at.ts';
import type { Classifier } from '../../models/model.ts';
import type { Feeds } from '../../runtime/backend.ts';
import type { EncodedRow, RowSet } from '../run/encoded-row.ts';
import type { RowTask } from '../run/row-task.ts';
import { classProgram } from './class-program.ts';
import type { Target } from './problem.ts';
import { classificationProblems } from './problems.ts';

/** A row with its labels. */
export interface TargetRow extends EncodedRow {
  readonly target: Target;
}

/** How rows are read: as inputs of a batch, and as what identifies one. */
interface RowReader<Row> {
  feeds(rows: readonly Row[]): Feeds;
  identified(row: Row): Int32Array;
}

/** A classifier over rows with labels. Its loss is the mean over rows, without smoothing or weights. */
export function classTask<Row extends TargetRow>(
  model: Classifier,
  { feeds: feedsOf, identified }: RowReader<Row>,
): RowTask<Row, Float32Array, RowSet<Row>> {
  const { labels, problemType } = model;
  const problem = classificationProblems[problemType];
  return {
    ...classProgram<Row>(model, feedsOf),
    batch(rows) {
      const targets = rows.map(({ target }) => target);
      const feeds = { ...feedsOf(rows), labels: problem.feed(targets, labels.length) };
      return { counts: { labels: rows.length }, feeds };
    },
    digested: (row) => ({ ids: identified(row), targets: row.target }),
    scores({ rows }, logits) {
      const targets = rows.map(({ target }) => target);
      const total = logits.reduce((sum, row, i) => sum + problem.loss(row, itemAt(targets, i, 'a row')), 0);
      const loss = total / logits.length;
      // Such numbers name no labels; whoever reads the loss refuses it.
      return Number.isFinite(loss) ? { loss, ...problem.scores(logits, targets, labels) } : { loss };
    },
  };
}
