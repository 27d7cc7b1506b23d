import { Command, InvalidArgumentError } from 'commander';
import type { CapacityPlan, LatencyObjective } from '../../model/capacity.ts';
import { exitCodes } from '../../model/exit-codes.ts';
import type { LatencyMetric } from '../../model/gate.ts';
import { renderCapacity } from '../../report/terminal/render-capacity.ts';
import { measureCapacity } from '../../run/capacity.ts';
import { loadScenario } from '../../scenario/load-scenario.ts';
import { parseDuration } from '../../scenario/quantities.ts';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber } from '../option-values.ts';
import { createProgressLine } from '../progress-line.ts';
import { printResult, terminalStyle } from '../terminal.ts';

interface CapacityCommandOptions {
  readonly objective?: LatencyObjective;
  readonly variant?: string;
  readonly step?: number;
  readonly maxConnections: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly allowHost?: readonly string[];
}

/** `chokepoint capacity`: how much a service can do, what limits it, and how it fails beyond. */
export function capacityCommand({ signal, setExitCode }: CommandContext): Command {
  return new Command('capacity')
    .description('step the load up to the knee, say what limits it, and how the service fails past it')
    .argument('<scenario>', 'a YAML file')
    .option('--objective <text>', 'what must hold, such as "p95 < 250ms"', parseObjective)
    .option('--variant <name>', 'which one; default: the last')
    .option('--step <duration>', 'how long each step is measured, in whole seconds; default: 3s', parseStep)
    .option('--max-connections <n>', 'where the search ends at the latest', wholeNumber(1, 10_000), 512)
    .option('--json', 'print as JSON')
    .option('--allow-host <host...>', 'hosts other than this machine that load may be sent to')
    .addHelpText('after', '\nExample:\n  $ chokepoint capacity scenarios/orders.yaml --objective "p95 < 250ms"\n')
    .action(async (path: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CapacityCommandOptions>();
      const { objective, variant, step = 3000, maxConnections } = options;
      const scenario = await loadScenario(path, process.env, { allowHosts: options.allowHost ?? [] });
      const plan: CapacityPlan = { stepMs: step, maxConnections, ...(objective && { objective }) };
      const progress = createProgressLine(process.stderr, options.quiet ?? false);
      try {
        const result = await measureCapacity({
          scenario,
          plan,
          signal,
          onProgress: progress.show,
          ...(variant !== undefined && { variant }),
        });
        progress.clear();
        await printResult(options.json ? JSON.stringify(result, null, 2) : renderCapacity(result, terminalStyle()));
        if (result.limit.kind === 'generator') setExitCode(exitCodes.inconclusive);
      } finally {
        progress.clear();
      }
    });
}

function parseObjective(text: string): LatencyObjective {
  const match = /^\s*(p50|p90|p95|p99)\s*<\s*(\S+)\s*$/.exec(text);
  const belowMs = parseDuration(match?.[2] ?? '');
  if (!match || belowMs === undefined || belowMs <= 0) {
    throw new InvalidArgumentError('p50, p90, p95 or p99 below a duration is wanted, such as "p95 < 250ms".');
  }
  return { metric: match[1] as LatencyMetric, belowMs };
}

const stepRange = { leastMs: 1000, mostMs: 60_000 } as const;

function parseStep(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < stepRange.leastMs || ms > stepRange.mostMs) {
    throw new InvalidArgumentError('a duration from 1s to 1m is wanted, such as 3s.');
  }
  return ms;
}
