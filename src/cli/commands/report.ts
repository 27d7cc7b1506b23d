import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { Failure } from '../../model/failure.ts';
import type { LoadedRun } from '../../model/run.ts';
import { renderGithub } from '../../report/github/render-github.ts';
import { renderHtml } from '../../report/html/render-html.ts';
import { renderHtmlRuns } from '../../report/html/render-html-runs.ts';
import { renderJson, renderJsonList } from '../../report/json/render-json.ts';
import { renderJunit } from '../../report/junit/render-junit.ts';
import { renderMarkdown } from '../../report/markdown/render-markdown.ts';
import { renderMarkdownRuns } from '../../report/markdown/render-markdown-runs.ts';
import { redactRuns } from '../../report/redact/redact-run.ts';
import type { ReportHeading } from '../../report/report-heading.ts';
import { renderHistory } from '../../report/terminal/render-history.ts';
import { renderTerminal } from '../../report/terminal/render-terminal.ts';
import { renderTerminalRuns } from '../../report/terminal/render-terminal-runs.ts';
import { readHistory } from '../../run/history.ts';
import { loadRun } from '../../run/load-run.ts';
import { unwritable } from '../../run/whole-folder.ts';
import type { CommandContext } from '../command-context.ts';
import { headingOf, type ReaderOptions, withReaderOptions } from '../reader-options.ts';
import { repositoryRoot } from '../repository-root.ts';
import { printResult, terminalStyle } from '../terminal.ts';

interface FormatOptions {
  readonly showParameters: boolean;
  readonly heading: ReportHeading;
  readonly root: string;
}

type Render = (runs: readonly LoadedRun[], options: FormatOptions) => string;

/** One run is shown as it is; several have a table of them first. */
const oneOrSeveral =
  <O>(one: (run: LoadedRun, options: O) => string, several: (runs: readonly LoadedRun[], options: O) => string) =>
  (runs: readonly LoadedRun[], options: O): string => {
    const [first, ...others] = runs;
    return first && others.length === 0 ? one(first, options) : several(runs, options);
  };

const formats = {
  terminal: (runs, options) =>
    oneOrSeveral(renderTerminal, renderTerminalRuns)(runs, { ...terminalStyle(), ...options }),
  html: oneOrSeveral(renderHtml, renderHtmlRuns),
  markdown: oneOrSeveral(renderMarkdown, renderMarkdownRuns),
  json: oneOrSeveral(
    ({ run }: LoadedRun) => renderJson(run),
    (runs) => renderJsonList(runs.map(({ run }) => run)),
  ),
  junit: (runs) => renderJunit(runs),
  github: renderGithub,
} as const satisfies Readonly<Record<string, Render>>;

interface ReportOptions extends ReaderOptions {
  readonly format: keyof typeof formats;
  readonly output?: string;
  readonly showParameters?: boolean;
  readonly history?: string;
}

/** `chokepoint report`: saved runs, rendered again. */
export function reportCommand(_context: CommandContext): Command {
  return withReaderOptions(new Command('report'))
    .description('render saved runs again')
    .argument('[run...]', 'folders of runs, or their run.json; several make one report')
    .addOption(new Option('-f, --format <format>', 'how').choices(Object.keys(formats)).default('terminal'))
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .option('--show-parameters', 'show statements with their literals and parameters')
    .option('--history <folder>', 'instead of runs, the last runs that were noted there')
    .addHelpText(
      'after',
      '\nExample:\n  $ chokepoint report .chokepoint/runs/<run> --format markdown >> "$GITHUB_STEP_SUMMARY"\n',
    )
    .action(async (paths: readonly string[], options: ReportOptions) => {
      const text = await reportText(paths, options);
      const { output } = options;
      if (output === undefined) {
        await printResult(text);
        return;
      }
      await writeFile(output, text).catch((cause: unknown) => {
        throw unwritable(output, cause);
      });
    });
}

async function reportText(paths: readonly string[], options: ReportOptions): Promise<string> {
  const { format, history, redact = [], showParameters = false } = options;
  if (history !== undefined) return renderHistory(await readHistory(history), terminalStyle());
  if (paths.length === 0) throw new Failure('report-of-nothing', {});
  const runs = redactRuns(await Promise.all(paths.map(loadRun)), redact);
  const heading = headingOf(options);
  return formats[format](runs, { showParameters, heading, root: await repositoryRoot('.') });
}
