/**
 * Prints "N passed, N failed" from vitest's JSON report; the status is 1 unless tests ran and nothing failed.
 *
 *   node .ci/count-tests.mjs REPORT [FAILED_STEP…]
 *
 * A test file that could not be loaded counts as a failed test, and so does a failed step that no test explains.
 */
import { existsSync, readFileSync } from 'node:fs';

const [report, ...failedSteps] = process.argv.slice(2);
const files = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : [];
const statuses = files.flatMap((file) => {
  const tests = file.assertionResults.map(({ status }) => status);
  return file.status === 'failed' && !tests.includes('failed') ? [...tests, 'failed'] : tests;
});
const count = (wanted) => statuses.filter((status) => status === wanted).length;

const passed = count('passed');
const unexplained = failedSteps.filter((step) => step !== 'tests' || count('failed') === 0);
const failed = count('failed') + unexplained.length + (statuses.length === 0 && failedSteps.length === 0 ? 1 : 0);
if (failedSteps.length > 0) console.log(`failed: ${failedSteps.join(', ')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
