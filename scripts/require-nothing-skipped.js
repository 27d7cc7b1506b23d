// On a machine that has everything, a skipped test is a test that was lost.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const skipped = report.testResults
  .flatMap(({ name, assertionResults }) => assertionResults.map((test) => ({ file: name, ...test })))
  .filter(({ status }) => status !== 'passed' && status !== 'failed');
for (const { file, fullName, status } of skipped) console.error(`${status}: ${file}: ${fullName}`);
if (skipped.length > 0) process.exit(1);
if (report.numPassedTests === 0) {
  console.error('no test ran');
  process.exit(1);
}
console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed, 0 skipped`);
