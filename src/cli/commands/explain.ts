import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { rateStatements } from '../../audits/rate-statements.ts';
import { explainOneSql, explainSql } from '../../instruments/sql/explain-sql.ts';
import { splitFile } from '../../instruments/sql/statement-file.ts';
import { Failure } from '../../model/failure.ts';
import type { PlansArtifact } from '../../model/plans.ts';
import { renderPlans } from '../../report/terminal/render-plans.ts';
import { loadRun } from '../../run/load-run.ts';
import type { CommandContext } from '../command-context.ts';
import { printResult, terminalStyle } from '../terminal.ts';

interface ExplainOptions {
  readonly sql?: string;
  readonly file?: string;
  readonly database?: string;
  readonly param?: readonly string[];
  readonly scratch?: boolean;
  readonly inTransaction?: boolean;
  readonly variant?: string;
  readonly showParameters?: boolean;
  readonly json?: boolean;
}

/** What was explained, and what the input held besides statements. */
interface Explanation {
  readonly plans: PlansArtifact;
  /** Of the variant before, where the run has one. */
  readonly earlier?: { readonly variant: string; readonly plans: PlansArtifact };
  readonly skipped?: readonly { readonly text: string; readonly line: number; readonly reason: string }[];
}

/** `chokepoint explain`: the plans of a run, or EXPLAIN ANALYZE of statements by the safe protocol, each rated. */
export function explainCommand({ signal }: CommandContext): Command {
  return new Command('explain')
    .description('show the plans and index trials of a run, or EXPLAIN ANALYZE statements without risk, and rate them')
    .argument('[run]', 'the folder of a run')
    .option('--variant <name>', 'the variant of the run; by default the last')
    .option('--sql <statement>', 'a single statement; its parameters are $1, $2, …')
    .option('--param <value...>', 'values of the parameters, in order')
    .option('--file <path>', 'a file of statements as psql reads it, or - for standard input')
    .option('--database <url>', 'where to run --sql or --file (default: the variable DATABASE_URL)')
    .option(
      '--scratch',
      'try indexes, and execute what writes, on a copy of the database, made on its server and dropped again',
    )
    .option('--in-transaction', 'try indexes on the database itself and roll back; writers of the table wait meanwhile')
    .option('--show-parameters', 'show statements with their literals and parameters')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ chokepoint explain .chokepoint/runs/<run>\n' +
        '  $ chokepoint explain --database postgres://localhost/app --sql "SELECT * FROM orders WHERE id = $1" --param 7\n' +
        '  $ chokepoint explain --database postgres://localhost/app --file queries.sql\n',
    )
    .action(async (path: string | undefined, options: ExplainOptions) => {
      const { plans, skipped, earlier } = await explain(path, options, signal);
      const ratings = rateStatements(plans);
      const notes = (skipped ?? []).map(({ text, line, reason }) => `line ${line} skipped, ${reason}: ${text}`);
      await printResult(
        options.json
          ? JSON.stringify({ ...plans, ratings, ...(skipped ? { skipped } : {}) }, null, 2)
          : renderPlans(plans, {
              ...terminalStyle(),
              showParameters: options.showParameters ?? false,
              ratings,
              notes,
              ...(earlier ? { earlier } : {}),
            }),
      );
    });
}

async function explain(path: string | undefined, options: ExplainOptions, signal: AbortSignal): Promise<Explanation> {
  const { sql, file, param } = options;
  const given = [path, sql, file].filter((source) => source !== undefined);
  if (given.length > 1) {
    const detail = 'a run, --sql and --file do not go together';
    throw new Failure('usage', { detail, hint: 'give one of them' });
  }
  if (sql !== undefined) {
    return {
      plans: await explainOneSql({ ...place(options, signal), statements: [{ sql, parameters: param ?? [] }] }),
    };
  }
  if (file === undefined) return plansOfRun(path, options);
  if (param) {
    const hint = 'without values they are planned for any; give --sql for one statement with values';
    throw new Failure('usage', { detail: '--param goes with --sql only', hint });
  }
  const { statements, skipped } = splitFile(await readStatements(file));
  if (statements.length === 0) {
    const hint = 'a file of statements has them one after the other, each with a semicolon behind it';
    throw new Failure('usage', { detail: `${file === '-' ? 'standard input' : file} holds no statement`, hint });
  }
  const plans = await explainSql({
    ...place(options, signal),
    statements: statements.map((statement) => ({ sql: statement.sql, parameters: [] })),
    budgetMs: 60_000 + statements.length * 2_000,
  });
  return { plans, skipped };
}

async function plansOfRun(path: string | undefined, { variant }: ExplainOptions): Promise<Explanation> {
  if (path === undefined) {
    const hint = 'chokepoint explain .chokepoint/runs/<run>, or chokepoint explain --sql "SELECT …"';
    throw new Failure('usage', { detail: 'give a run, --sql or --file', hint });
  }
  const { run, gathered } = await loadRun(path);
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
  const { before = '' } = run.comparison ?? {};
  const earlier = before === name ? undefined : gathered[before]?.plans;
  return {
    plans: plans.value,
    ...(earlier?.status === 'gathered' ? { earlier: { variant: before, plans: earlier.value } } : {}),
  };
}

/** Where statements of the command line are explained. */
function place({ database, scratch = false, inTransaction = false }: ExplainOptions, signal: AbortSignal) {
  const databaseUrl = database ?? process.env.DATABASE_URL;
  if (!databaseUrl) {
    throw new Failure('usage', { detail: 'no database is named', hint: 'give --database or set DATABASE_URL' });
  }
  return { databaseUrl, scratch, inTransaction, signal };
}

async function readStatements(path: string): Promise<string> {
  if (path === '-') {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  }
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const detail = code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read: ${message}`;
    throw new Failure(
      'usage',
      { detail, hint: 'give the path of a file of statements, or - for standard input' },
      { cause: error },
    );
  }
}
