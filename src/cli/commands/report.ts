import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import type { LoadedRun } from '../../model/run.ts';
import { renderHtml } from '../../report/html/render-html.ts';
import { renderJson } from '../../report/json/render-json.ts';
import { renderMarkdown } from '../../report/markdown/render-markdown.ts';
import { renderTerminal } from '../../report/terminal/render-terminal.ts';
import { loadRun } from '../../run/load-run.ts';
import { unwritable } from '../../run/whole-folder.ts';
import type { CommandContext } from '../command-context.ts';
import { printResult, terminalStyle } from '../terminal.ts';

const formats = {
  terminal: (run: LoadedRun, showParameters: boolean) => renderTerminal(run, { ...terminalStyle(), showParameters }),
  html: (run: LoadedRun, showParameters: boolean) => renderHtml(run, { showParameters }),
  markdown: (run: LoadedRun, showParameters: boolean) => renderMarkdown(run, { showParameters }),
  json: ({ run }: LoadedRun) => renderJson(run),
} as const;

interface ReportOptions {
  readonly format: keyof typeof formats;
  readonly output?: string;
  readonly showParameters?: boolean;
}

/** `chokepoint report`: a saved run, rendered again. */
export function reportCommand(_context: CommandContext): Command {
  return new Command('report')
    .description('render a saved run again')
    .argument('<run>', 'the folder of a run, or its run.json')
    .addOption(new Option('-f, --format <format>', 'how').choices(Object.keys(formats)).default('terminal'))
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .option('--show-parameters', 'show statements with their literals and parameters')
    .addHelpText(
      'after',
      '\nExample:\n  $ chokepoint report .chokepoint/runs/<run> --format markdown >> "$GITHUB_STEP_SUMMARY"\n',
    )
    .action(async (path: string, { format, output, showParameters }: ReportOptions) => {
      const text = formats[format](await loadRun(path), showParameters ?? false);
      if (output === undefined) {
        await printResult(text);
        return;
      }
      await writeFile(output, text).catch((cause: unknown) => {
        throw unwritable(output, cause);
      });
    });
}
