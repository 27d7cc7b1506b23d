import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { loadScenario } from '../../scenario/load-scenario.ts';
import type { CommandContext } from '../command-context.ts';
import { printMessage } from '../terminal.ts';
import { type RunOptions, runAndReport, withRunOptions } from './run.ts';

/** `chokepoint demo`: the bundled orders service on an embedded PostgreSQL, before and after its fix. */
export function demoCommand(context: CommandContext): Command {
  return withRunOptions(new Command('demo'))
    .description(
      'the whole diagnosis on a bundled service and an embedded PostgreSQL; needs nothing, takes two minutes',
    )
    .addHelpText('after', '\nExample:\n  $ chokepoint demo\n')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RunOptions>();
      const path = fileURLToPath(new URL('../../../scenarios/orders.yaml', import.meta.url));
      const scenario = await loadScenario(path, process.env);
      if (!options.quiet) {
        printMessage('A small shop on an embedded PostgreSQL, before and after one fix. This takes about two minutes.');
      }
      await runAndReport(scenario, 'chokepoint demo', options, context);
    });
}
