import { Command } from 'commander';
import { explainSql } from '../../instruments/sql/explain-queries.ts';
import { Failure } from '../../model/failure.ts';
import { renderPlans } from '../../report/terminal/render-plans.ts';
import { loadRun } from '../../run/load-run.ts';
import type { CommandContext } from '../command-context.ts';
import { printResult, terminalStyle } from '../terminal.ts';

interface ExplainOptions {
  readonly sql?: string;
  readonly database?: string;
  readonly param?: readonly string[];
  readonly scratch?: boolean;
  readonly variant?: string;
  readonly showParameters?: boolean;
  readonly json?: boolean;
}

/** `chokepoint explain`: the plans of a run, or EXPLAIN ANALYZE of one statement by the safe protocol. */
export function explainCommand({ signal }: CommandContext): Command {
  return new Command('explain')
    .description('show the plans and index trials of a run, or EXPLAIN ANALYZE one statement without risk')
    .argument('[run]', 'the folder of a run')
    .option('--variant <name>', 'the variant of the run; by default the last')
    .option('--sql <statement>', 'a single SELECT; its parameters are $1, $2, …')
    .option('--param <value...>', 'values of the parameters, in order')
    .option('--database <url>', 'where to run --sql (default: the variable DATABASE_URL)')
    .option('--scratch', 'try indexes on a copy of the database, made on its server and dropped again')
    .option('--show-parameters', 'show statements with their literals and parameters')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ chokepoint explain .chokepoint/runs/<run>\n' +
        '  $ chokepoint explain --database postgres://localhost/app --sql "SELECT * FROM orders WHERE id = $1" --param 7\n',
    )
    .action(async (path: string | undefined, options: ExplainOptions) => {
      const plans =
        options.sql === undefined ? await plansOfRun(path, options) : await explainOne(options.sql, options, signal);
      await printResult(
        options.json
          ? JSON.stringify(plans, null, 2)
          : renderPlans(plans, { ...terminalStyle(), showParameters: options.showParameters ?? false }),
      );
    });
}

async function plansOfRun(path: string | undefined, { variant }: ExplainOptions) {
  if (path === undefined) {
    const hint = 'chokepoint explain .chokepoint/runs/<run>, or chokepoint explain --sql "SELECT …"';
    throw new Failure('usage', { detail: 'give a run or --sql', hint });
  }
  const { gathered } = await loadRun(path);
  const name = variant ?? Object.keys(gathered).at(-1) ?? '';
  const plans = gathered[name]?.plans;
  if (!plans) {
    const hint = `its variants are ${Object.keys(gathered).join(', ')}`;
    throw new Failure('usage', { detail: `the run has no variant "${name}"`, hint });
  }
  if (plans.status === 'missing') {
    throw new Failure('usage', {
      detail: `the run has no plans: ${plans.reason}`,
      hint: 'run the scenario with a database',
    });
  }
  return plans.value;
}

function explainOne(sql: string, { database, param, scratch }: ExplainOptions, signal: AbortSignal) {
  const databaseUrl = database ?? process.env.DATABASE_URL;
  if (!databaseUrl) {
    throw new Failure('usage', { detail: 'no database is named', hint: 'give --database or set DATABASE_URL' });
  }
  return explainSql({ databaseUrl, sql, parameters: param ?? [], scratch: scratch ?? false, signal });
}
