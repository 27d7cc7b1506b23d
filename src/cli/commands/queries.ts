import { Command } from 'commander';
import { analyzeLogFiles } from '../../instruments/sql/log/analyze-log-files.ts';
import { findLogs } from '../../instruments/sql/log/log-paths.ts';
import { withServerLog } from '../../instruments/sql/log/server-log.ts';
import { Failure } from '../../model/failure.ts';
import type { QueryLogReport } from '../../model/query-log.ts';
import { renderHtmlQueryLog } from '../../report/html/render-html-query-log.ts';
import { renderQueryLog } from '../../report/terminal/render-query-log.ts';
import { toolVersion } from '../../run/environment.ts';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber } from '../option-values.ts';
import { printFailure, printMessage, printResult, terminalStyle } from '../terminal.ts';
import { writeWholeFile } from '../whole-file.ts';

interface QueriesOptions {
  readonly top: number;
  readonly fromServer?: string;
  readonly logLinePrefix?: string;
  readonly html?: string;
  readonly threads?: number;
  readonly showParameters?: boolean;
  readonly json?: boolean;
}

/** `chokepoint queries`: what query logs tell, without a service. */
export function queriesCommand({ signal }: CommandContext): Command {
  return new Command('queries')
    .description('find N+1, duplicate, slow and looping statements in PostgreSQL logs (stderr, csvlog, jsonlog)')
    .argument('[log...]', 'log files, folders of logs, or - for standard input; gzip and zstd too')
    .option('--from-server <url>', 'read the current log of this server through SQL')
    .option('--log-line-prefix <prefix>', "the server's log_line_prefix, where it is not understood by itself")
    .option(
      '--threads <n>',
      'threads that read a large log; by default 2, where there are two cores',
      wholeNumber(1, 16),
    )
    .option('--top <n>', 'statements to list', wholeNumber(1, 1000), 15)
    .option('--show-parameters', 'show an example of each statement with its literals')
    .option('--html <file>', 'write an HTML report too')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ chokepoint queries /var/log/postgresql/postgresql.log*\n' +
        '  $ chokepoint queries --from-server "$DATABASE_URL" --html queries.html\n',
    )
    .action(async (paths: readonly string[], options: QueriesOptions) => {
      const { top, json, html, showParameters = false } = options;
      const report = await readReport(paths, options, signal);
      if (html !== undefined) {
        await writeWholeFile(html, renderHtmlQueryLog(report, { top, showParameters, toolVersion: toolVersion() }), {
          replace: true,
        });
        printMessage(`wrote ${html}`);
      }
      await printResult(
        json ? JSON.stringify(report, null, 2) : renderQueryLog(report, { ...terminalStyle(), top, showParameters }),
      );
    });
}

async function readReport(
  paths: readonly string[],
  { fromServer, logLinePrefix: linePrefix, threads, showParameters = false }: QueriesOptions,
  signal: AbortSignal,
): Promise<QueryLogReport> {
  if ((fromServer === undefined) === (paths.length === 0)) {
    const hint = 'chokepoint queries postgresql.log, or chokepoint queries --from-server postgres://…';
    throw new Failure('usage', { detail: 'give logs, or a server by --from-server', hint });
  }
  if (fromServer !== undefined) {
    return withServerLog(fromServer, signal, ({ source, settings, notes, ...known }) =>
      analyzeLogFiles([source], source.name, {
        ...{ examples: showParameters, settings, notes, threads },
        linePrefix: linePrefix ?? known.linePrefix,
      }),
    );
  }
  signal.addEventListener('abort', endAtOnce, { once: true });
  return analyzeLogFiles(await findLogs(paths, linePrefix), paths.join(', '), {
    ...{ examples: showParameters, linePrefix, threads },
  });
}

/** A read from a terminal or a pipe cannot be given up, and nothing was started that would have to be ended in order. */
function endAtOnce(): void {
  const interruption = new Failure('interrupted', {});
  printFailure(interruption);
  process.exit(interruption.exitCode);
}
