import { Command } from 'commander';
import { analyzeQueryLog } from '../../instruments/sql/log/analyze-log.ts';
import { readQueryLogs } from '../../instruments/sql/log/open-log.ts';
import { Failure } from '../../model/failure.ts';
import { renderQueryLog } from '../../report/terminal/render-query-log.ts';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber } from '../option-values.ts';
import { printFailure, printResult, terminalStyle } from '../terminal.ts';

interface QueriesOptions {
  readonly top: number;
  readonly showParameters?: boolean;
  readonly json?: boolean;
}

/** `chokepoint queries`: what query logs tell, without a service. */
export function queriesCommand({ signal }: CommandContext): Command {
  return new Command('queries')
    .description('find N+1, duplicate, slow and looping statements in PostgreSQL logs (stderr, csvlog, jsonlog)')
    .argument('<log...>', 'log files, or - for standard input')
    .option('--top <n>', 'statements to list', wholeNumber(1, 1000), 15)
    .option('--show-parameters', 'show an example of each statement with its literals')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ chokepoint queries /var/log/postgresql/postgresql.log\n  $ zcat old.log.gz | chokepoint queries -\n',
    )
    .action(async (paths: readonly string[], { top, showParameters, json }: QueriesOptions) => {
      signal.addEventListener('abort', endAtOnce, { once: true });
      const report = await analyzeQueryLog(readQueryLogs(paths), paths.join(', '), {
        examples: showParameters ?? false,
      });
      await printResult(
        json
          ? JSON.stringify(report, null, 2)
          : renderQueryLog(report, { ...terminalStyle(), top, showParameters: showParameters ?? false }),
      );
    });
}

/** A read from a terminal or a pipe cannot be given up, and nothing was started that would have to be ended in order. */
function endAtOnce(): void {
  const interruption = new Failure('interrupted', {});
  printFailure(interruption);
  process.exit(interruption.exitCode);
}
