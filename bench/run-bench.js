import { inTemporaryFolder, publish } from './temporary-folder.js';

/**
 * Runs a benchmark from the command line: its help, its measurement in a temporary folder, its report. Ends with 1 where
 * a target is missed and `--strict` asks for that, with 2 where it fails.
 *
 * @param bench.measure - takes the options and the folder, and returns what the others take
 * @param bench.outOf - the file for the report, if any; by default that of the options
 */
export async function runBench({ help, optionsOf, measure, render, isMissed = () => false, outOf = ({ out }) => out }) {
  try {
    const options = optionsOf(process.argv.slice(2));
    if (options.help) {
      process.stdout.write(help);
      return;
    }
    const results = await inTemporaryFolder((folder) => measure(options, folder));
    publish(render(results), outOf(options, results));
    if (options.strict && isMissed(results)) process.exitCode = 1;
  } catch (error) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 2;
  }
}
