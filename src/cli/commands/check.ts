import { Command } from 'commander';
import { exitCodes } from '../../model/exit-codes.ts';
import { renderCheck } from '../../report/terminal/render-check.ts';
import { checkScenario } from '../../run/check-scenario.ts';
import { loadScenario } from '../../scenario/load-scenario.ts';
import type { CommandContext } from '../command-context.ts';
import { calibrationsFolder } from '../runs-folder.ts';
import { printResult, terminalStyle } from '../terminal.ts';

interface CheckArguments {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly allowHost?: readonly string[];
}

/** `chokepoint check`: validates a scenario and tries what its run will need. */
export function checkCommand({ signal, setExitCode }: CommandContext): Command {
  return new Command('check')
    .description('validate a scenario, and try everything that its run will need')
    .argument('<scenario>', 'a YAML file')
    .option('--dry-run', 'show of each request what it captures and whether its expectations are met')
    .option('--json', 'print as JSON')
    .option('--allow-host <host...>', 'hosts other than this machine that requests may be sent to')
    .addHelpText('after', '\nExample:\n  $ chokepoint check scenarios/orders.yaml\n')
    .action(async (path: string, { json, dryRun, allowHost }: CheckArguments) => {
      const scenario = await loadScenario(path, process.env, { allowHosts: allowHost ?? [] });
      const results = await checkScenario(scenario, signal, {
        showsExchanges: dryRun ?? false,
        calibrations: calibrationsFolder,
      });
      await printResult(json ? JSON.stringify(results, null, 2) : renderCheck(results, terminalStyle()));
      if (results.some(({ status }) => status === 'failed')) setExitCode(exitCodes.failed);
    });
}
