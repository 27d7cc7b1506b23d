import { Command } from 'commander';
import { renderJson } from '../../report/json/render-json.ts';
import { renderTerminal } from '../../report/terminal/render-terminal.ts';
import { combineRuns } from '../../run/combine-runs.ts';
import { loadRun } from '../../run/load-run.ts';
import type { CommandContext } from '../command-context.ts';
import { printMessage, printResult, terminalStyle } from '../terminal.ts';

interface CompareOptions {
  readonly json?: boolean;
  readonly allowOtherMachine?: boolean;
  readonly trustAnyway?: boolean;
}

/** `chokepoint compare`: two saved runs, offline. */
export function compareCommand({ setExitCode }: CommandContext): Command {
  return new Command('compare')
    .description('compare two saved runs of one scenario')
    .argument('<before>', 'the folder of a run, or its run.json')
    .argument('<after>', 'the folder of a run, or its run.json')
    .option('--json', 'print the comparison as JSON')
    .option('--allow-other-machine', 'compare although the runs were made on different machines')
    .option('--trust-anyway', 'let the verdict stand if a run is not trusted')
    .addHelpText('after', '\nExample:\n  $ chokepoint compare .chokepoint/runs/<before> .chokepoint/runs/<after>\n')
    .action(async (beforePath: string, afterPath: string, { json, allowOtherMachine, trustAnyway }: CompareOptions) => {
      const [before, after] = await Promise.all([loadRun(beforePath), loadRun(afterPath)]);
      const combined = combineRuns(before, after, {
        allowOtherMachine: allowOtherMachine ?? false,
        trustAnyway: trustAnyway ?? false,
      });
      await printResult(
        json ? renderJson(combined.run) : renderTerminal(combined, { ...terminalStyle(), showParameters: false }),
      );
      const { decision: gate } = combined.run;
      if (gate.exitCode !== 0) printMessage(`gate: ${gate.reason} (exit code ${gate.exitCode})`);
      setExitCode(gate.exitCode);
    });
}
