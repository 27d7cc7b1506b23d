import type { LogCoverage, LoggedError, LoggedStatement, QueryLog, QueryLogReport } from '../../../model/query-log.ts';
import { valueHash } from '../../../model/value-hash.ts';
import { loadParser, type StatementDescription } from '../statement.ts';
import { createLoopCollector } from './collect-loops.ts';
import { createLoggedDescriber, withoutOuterComments } from './describe-logged.ts';
import { createLogLimits } from './log-limits.ts';
import { stepOf } from './session-steps.ts';
import { createStatementTable, type StatementTable } from './statement-table.ts';

const maxSessions = 100_000;
const maxErrors = 1_000;

const nothingRead: LogCoverage = {
  ...{ formats: [], bytes: 0, lines: 0, unrecognisedLines: 0, damagedRecords: 0, cutRecords: 0 },
};

/**
 * Sums a log up and looks for loops in each of its sessions, in memory that does not grow with the log.
 *
 * @param source - how the report names the log
 * @param options.examples - keep one text of each statement with its literals and values, which are else left out
 */
export async function analyzeQueryLog(
  statements: AsyncIterable<LoggedStatement> & Partial<Pick<QueryLog, 'coverage'>>,
  source: string,
  options: { readonly examples?: boolean } = {},
): Promise<QueryLogReport> {
  await loadParser();
  const describe = createLoggedDescriber();
  const table = createStatementTable(options.examples ?? false);
  const loops = createLoopCollector(table);
  const limits = createLogLimits();
  const errors = createErrorTable(table);
  const sessions = new Set<string>();
  const totals = { statements: 0, errors: 0, totalMs: 0 };
  let firstAt = Number.POSITIVE_INFINITY;
  let lastAt = Number.NEGATIVE_INFINITY;

  for await (const statement of statements) {
    const description = describe(statement.sql);
    const id = table.count(statement, description);
    totals.statements++;
    totals.totalMs += statement.durationMs ?? 0;
    if (statement.error !== undefined) totals.errors++;
    firstAt = Math.min(firstAt, statement.timestamp ?? firstAt);
    lastAt = Math.max(lastAt, statement.timestamp ?? lastAt);
    if (statement.session !== '' && sessions.size < maxSessions) sessions.add(statement.session);
    limits.add(statement);
    if (id === undefined) continue;
    if (statement.error !== undefined) errors.add(statement.error, id);
    if (statement.session === '') continue;
    const step = stepOf(statement, id, description.kind, valuesOf(statement));
    loops.add(statement.session, step, transactionControl(description));
  }

  const coverage = statements.coverage?.() ?? nothingRead;
  return {
    source,
    totals: {
      ...totals,
      sessions: sessions.size,
      distinctStatements: table.size,
      ...(firstAt <= lastAt ? { firstAt, lastAt } : {}),
    },
    coverage,
    warnings: [
      ...limits.warnings(),
      ...(sessions.size === maxSessions ? [`there are more than ${maxSessions} sessions`] : []),
    ],
    statements: table.totals(),
    ...(table.others.calls > 0 ? { other: { ...table.others } } : {}),
    ...loops.finish(),
    errors: errors.list(),
  };
}

/** Literals are values too, so the text belongs to them; `undefined` where a value is missing or was cut. */
function valuesOf({ sql, parameters, cutParameters, cut }: LoggedStatement): string | undefined {
  if (cut || cutParameters || (!parameters && /\$\d/.test(sql))) return undefined;
  return valueHash(JSON.stringify([withoutOuterComments(sql), parameters ?? []]));
}

function transactionControl({ kind, normalized }: StatementDescription): 'begin' | 'end' | undefined {
  if (kind !== 'transaction') return undefined;
  if (/^(begin|start)\b/i.test(normalized)) return 'begin';
  return /^(commit|end|abort|prepare|rollback(?!.*\bto\b))\b/i.test(normalized) ? 'end' : undefined;
}

function createErrorTable(table: Pick<StatementTable, 'textOf'>) {
  const counts = new Map<string, { error: string; id: number; calls: number }>();
  return {
    add(error: string, id: number) {
      const key = `${id} ${error}`;
      const known = counts.get(key);
      if (known) known.calls++;
      else if (counts.size < maxErrors) counts.set(key, { error, id, calls: 1 });
    },
    list(): readonly LoggedError[] {
      return [...counts.values()]
        .map(({ error, id, calls }) => ({ error, calls, statement: table.textOf(id) }))
        .sort((a, b) => b.calls - a.calls);
    },
  };
}
