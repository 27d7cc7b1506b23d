import { relative } from 'node:path';
import { Command } from 'commander';
import type { Scenario } from '../../model/scenario.ts';
import { renderJson } from '../../report/json/render-json.ts';
import { renderTerminal } from '../../report/terminal/render-terminal.ts';
import { diagnose } from '../../run/diagnose.ts';
import { noteInHistory } from '../../run/history.ts';
import { saveRun } from '../../run/save-run.ts';
import { requireWritable } from '../../run/whole-folder.ts';
import { loadScenario } from '../../scenario/load-scenario.ts';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber } from '../option-values.ts';
import { createProgressLine } from '../progress-line.ts';
import { headingOf, type ReaderOptions, withReaderOptions } from '../reader-options.ts';
import { runsFolder } from '../runs-folder.ts';
import { printMessage, printResult, terminalStyle } from '../terminal.ts';

interface CodeOptions {
  readonly before?: string;
  readonly after?: string;
  readonly build?: string;
}

export interface RunOptions extends ReaderOptions {
  readonly json?: boolean;
  readonly out: string;
  readonly quiet?: boolean;
  readonly showParameters?: boolean;
  readonly rounds?: number;
  readonly seed?: number;
  readonly allowHost?: readonly string[];
  readonly trustAnyway?: boolean;
  readonly history?: string;
}

/** `chokepoint run`: all passes over all variants. */
export function runCommand(context: CommandContext): Command {
  return withRunOptions(new Command('run'))
    .description('run a scenario: measure, profile, trace, explain; print and keep the report')
    .argument('<scenario>', 'a YAML file')
    .option('--before <ref>', 'compare with this branch, tag or commit, checked out elsewhere')
    .option('--after <ref>', 'what is compared with it; a dot, the default, is the working tree as it is')
    .option('--build <command>', 'run in each checkout first, instead of target.build of the scenario')
    .addHelpText(
      'after',
      '\nExample:\n  $ chokepoint run scenarios/orders.yaml\n  $ chokepoint run service.yaml --json > run.json\n' +
        '  $ chokepoint run service.yaml --before main --build "npm ci"\n',
    )
    .action(async (path: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RunOptions & CodeOptions>();
      const { before, after, build } = options;
      const code = {
        ...(before !== undefined && { before }),
        ...(after !== undefined && { after }),
        ...(build !== undefined && { build }),
      };
      const scenario = await loadScenario(path, process.env, { allowHosts: options.allowHost ?? [], code });
      const typed = Object.entries(code).map(([name, value]) => ` --${name} ${quoted(value)}`);
      await runAndReport(scenario, `chokepoint run ${quoted(path)}${typed.join('')}`, options, context);
    });
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w./@:^~+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Adds the options that every command has which runs a whole scenario. */
export function withRunOptions(command: Command): Command {
  return withReaderOptions(command)
    .option('--history <folder>', 'note the run there too, in a small file of its own')
    .option('--json', 'print the run as JSON instead of the report')
    .option('--out <folder>', 'where runs are kept', runsFolder)
    .option('--rounds <n>', 'exactly so many rounds, instead of those of the scenario', wholeNumber(1, 50))
    .option('--seed <n>', 'seed of all random choices, instead of that of the scenario', wholeNumber(0, 2 ** 31))
    .option('--allow-host <host...>', 'hosts other than this machine that load may be sent to')
    .option('--trust-anyway', 'let the verdict stand if the measurement is not trusted')
    .option('--show-parameters', 'show statements with their literals and parameters');
}

/** Runs a scenario, keeps the run, prints its report and sets the exit code by the scenario's gate. */
export async function runAndReport(
  scenario: Scenario,
  command: string,
  options: RunOptions,
  { signal, setExitCode }: CommandContext,
): Promise<void> {
  await requireWritable(options.out);
  if (options.history !== undefined) await requireWritable(options.history);
  const progress = createProgressLine(process.stderr, options.quiet ?? false);
  const load = {
    ...scenario.load,
    ...(options.rounds !== undefined && { rounds: { least: options.rounds, most: options.rounds } }),
    ...(options.seed !== undefined && { seed: options.seed }),
  };
  try {
    const loaded = await diagnose({
      scenario: { ...scenario, load },
      command,
      signal,
      onProgress: progress.show,
      trustAnyway: options.trustAnyway ?? false,
    });
    progress.show({ pass: 'report', text: 'drawing flame graphs and the report' });
    const { redact = [] } = options;
    const folder = await saveRun(loaded, options.out, signal, { heading: headingOf(options), redact });
    if (options.history !== undefined) await noteInHistory(loaded.run, options.history, scenario.file);
    progress.clear();
    const htmlPath = `${relative(process.cwd(), folder) || '.'}/report.html`;
    await printResult(
      options.json
        ? renderJson(loaded.run)
        : renderTerminal(loaded, { ...terminalStyle(), showParameters: options.showParameters ?? false, htmlPath }),
    );
    if (options.json && !options.quiet) printMessage(`report: ${htmlPath}`);
    const { decision: gate } = loaded.run;
    if (gate.exitCode !== 0) printMessage(`gate: ${gate.reason} (exit code ${gate.exitCode})`);
    setExitCode(gate.exitCode);
  } finally {
    progress.clear();
  }
}
