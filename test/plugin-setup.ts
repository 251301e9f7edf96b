/** With `HEDDLE_TEST_PLUGIN`, every test whose engine is the usual one runs on the plugin: what differs there, and why. */
import { beforeEach } from 'vitest';

/** Tests that are skipped on a plugin. */
interface Difference {
  /** The end of the path of their file. */
  readonly file: string;
  /** Their names; default: all of the file. */
  readonly test?: RegExp;
  readonly reason: string;
}

const differences: readonly Difference[] = [];

beforeEach(({ task, skip }) => {
  const { filepath } = task.file;
  const found = differences.find(
    ({ file, test }) => filepath.endsWith(file) && (test === undefined || test.test(task.name)),
  );
  if (found) skip(`on a plugin: ${found.reason}`);
});
