import { Command, CommanderError, Option } from 'commander';
import { exitCodes } from '../model/exit-codes.ts';
import { Failure } from '../model/failure.ts';
import { toolVersion } from '../run/environment.ts';
import { auditsCommand } from './commands/audits.ts';
import { calibrateCommand } from './commands/calibrate.ts';
import { capacityCommand } from './commands/capacity.ts';
import { checkCommand } from './commands/check.ts';
import { compareCommand } from './commands/compare.ts';
import { demoCommand } from './commands/demo.ts';
import { explainCommand } from './commands/explain.ts';
import { initCommand } from './commands/init.ts';
import { profileCommand } from './commands/profile.ts';
import { queriesCommand } from './commands/queries.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { watchInterruption } from './interruption.ts';
import { printDefect, printFailure, printMessage, tolerateClosedStreams } from './terminal.ts';

/**
 * Runs one command line and sets the exit code of the process; the one place where failures are caught and printed.
 *
 * @param argv - the arguments without the program's own name
 */
export async function main(argv: readonly string[]): Promise<void> {
  tolerateClosedStreams();
  process.on('uncaughtException', (error) => {
    printDefect(error);
    process.exit(exitCodes.failed);
  });
  process.exitCode = await execute(argv, watchInterruption());
}

async function execute(argv: readonly string[], signal: AbortSignal): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = createProgram(signal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const failure = signal.aborted ? new Failure('interrupted', {}, { cause: error }) : error;
    if (!(failure instanceof Failure)) {
      printDefect(failure);
      return exitCodes.failed;
    }
    printFailure(failure);
    if (process.env.CHOKEPOINT_DEBUG) printMessage(String(failure.stack));
    return failure.exitCode;
  }
}

/** The command line; `setExitCode` is called by commands that end well but not with 0. */
function createProgram(signal: AbortSignal, setExitCode: (code: number) => void): Command {
  const program = new Command('chokepoint')
    .description('Finds where a backend chokes, proves it, and measures the fix.')
    .version(toolVersion())
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for the options and an example)')
    .exitOverride()
    .addOption(new Option('-q, --quiet', 'no progress on standard error'))
    .addHelpText('after', '\nStart here:\n  $ chokepoint demo\n  $ chokepoint run scenarios/orders.yaml\n');
  const context = { signal, setExitCode };
  for (const command of [
    runCommand,
    compareCommand,
    reportCommand,
    checkCommand,
    initCommand,
    queriesCommand,
    explainCommand,
    profileCommand,
    capacityCommand,
    calibrateCommand,
    auditsCommand,
    demoCommand,
  ]) {
    program.addCommand(command(context).exitOverride().copyInheritedSettings(program));
  }
  return program;
}
