import { relative } from 'node:path';
import { Command } from 'commander';
import { exitCodes } from '../../model/exit-codes.ts';
import { renderCalibration } from '../../report/terminal/render-calibration.ts';
import { calibrate } from '../../run/calibrate.ts';
import { saveCalibration } from '../../run/calibration-file.ts';
import { requireWritable } from '../../run/whole-folder.ts';
import { loadScenario } from '../../scenario/load-scenario.ts';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber } from '../option-values.ts';
import { createProgressLine } from '../progress-line.ts';
import { calibrationsFolder } from '../runs-folder.ts';
import { printMessage, printResult, terminalStyle } from '../terminal.ts';

interface CalibrateCommandOptions {
  readonly variant?: string;
  readonly rounds?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly allowHost?: readonly string[];
}

/** `chokepoint calibrate`: one variant against itself, and what change this machine can resolve. */
export function calibrateCommand({ signal, setExitCode }: CommandContext): Command {
  return new Command('calibrate')
    .description('measure a variant against itself: which change this machine can resolve')
    .argument('<scenario>', 'a YAML file')
    .option('--variant <name>', 'which one; default: the first')
    .option('--rounds <n>', 'rounds, instead of those of the scenario', wholeNumber(2, 50))
    .option('--json', 'print as JSON')
    .option('--allow-host <host...>', 'hosts other than this machine that load may be sent to')
    .addHelpText('after', '\nExample:\n  $ chokepoint calibrate scenarios/orders.yaml --rounds 12\n')
    .action(async (path: string, _options: unknown, command: Command) => {
      const { variant, rounds, json, quiet, allowHost } = command.optsWithGlobals<CalibrateCommandOptions>();
      const scenario = await loadScenario(path, process.env, { allowHosts: allowHost ?? [] });
      await requireWritable(calibrationsFolder);
      const progress = createProgressLine(process.stderr, quiet ?? false);
      try {
        const calibration = await calibrate({
          scenario: {
            ...scenario,
            load: { ...scenario.load, ...(rounds !== undefined && { rounds: { least: rounds, most: rounds } }) },
          },
          signal,
          onProgress: progress.show,
          ...(variant !== undefined && { variant }),
        });
        progress.clear();
        const { trusted } = calibration.validity;
        // What is not to be trusted would mislead whoever relies on it later.
        const file = trusted ? await saveCalibration(calibration, calibrationsFolder) : undefined;
        await printResult(
          json ? JSON.stringify(calibration, null, 2) : renderCalibration(calibration, terminalStyle()),
        );
        if (file !== undefined && !quiet) printMessage(`kept: ${relative(process.cwd(), file)}`);
        if (!trusted) setExitCode(exitCodes.inconclusive);
      } finally {
        progress.clear();
      }
    });
}
