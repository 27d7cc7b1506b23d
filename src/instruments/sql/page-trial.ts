import type { SelectStmt } from 'libpg-query';
import type { PageTrial } from '../../model/plan-trials.ts';
import { mean, median } from '../../stats/summary.ts';
import { boundText } from './bound-text.ts';
import type { Connection } from './connection.ts';
import { executionRefusal, safetyOf } from './explain-statement.ts';
import { atOffset, type KeysetOrder, keyBefore, keysetPage, withValues } from './keyset-page.ts';
import { inReadOnlyTransaction } from './read-only.ts';
import { repeatWarm } from './repeated-time.ts';
import { plainOrder, rowBound } from './row-bound.ts';
import { describeStatement, parseStatement } from './statement.ts';
import type { StatementChoice } from './statement-choice.ts';
import { readTableFacts } from './table-facts.ts';
import { asKind, parameterCount } from './tree-nodes.ts';

/** Fewer rows than this are answered, or counted off, in no time. */
const minRows = 500;
/** Rows of the page that stands in for a whole result. */
const pageRows = 100;
const pageRepeats = { atLeast: 7, forMs: 300, atMost: 25, atMostMs: 3_000 };
const wholeRepeats = { warmMs: 300, atLeast: 7, forMs: 600, atMost: 100, atMostMs: 3_000 };

/**
 * Runs a SELECT whose rows nothing bounds, or that counts off the rows before its page, with its captured values, and
 * a page by a unique key in its place: medians, read-only. `undefined` where there is nothing to try.
 */
export async function tryPage(
  connection: Connection,
  { statement, execution }: StatementChoice,
): Promise<PageTrial | undefined> {
  if (statement.kind !== 'select' || !execution) return undefined;
  const { sql, values } = boundText(statement, execution);
  const tree = parseStatement(sql);
  if (!tree || parameterCount(tree) !== values.length) return undefined;
  const bound = rowBound(tree, values);
  if (bound.kind === 'bounded') return undefined;
  const offset = bound.kind === 'offset' ? bound.offset : 0;
  if (Math.max(offset, execution.rows) < minRows) return undefined;

  const { fingerprint } = statement;
  const known = { fingerprint, kind: bound.kind, offset };
  const untried = (reason: string, tableRows = 0): PageTrial => ({ ...known, status: 'untried', tableRows, reason });
  const select = withValues(tree, values);
  if (!select) return undefined;
  try {
    const safety = await safetyOf(connection, sql, execution.parameterTypes);
    if (safety.verdict !== 'execute') return untried(safety.reason);
    const tables = await readTableFacts(connection, select.fromClause);
    const tableRows = Math.max(0, ...tables.map((table) => table.estimatedRows));
    const order = await keysetOrder(connection, select, tables);
    if ('reason' in order) return untried(order.reason, tableRows);
    const timed = await inReadOnlyTransaction(connection, () => timePages(connection, { select, order, offset }));
    if ('reason' in timed) return untried(timed.reason, tableRows);
    return { ...known, status: 'tried', tableRows, key: order.columns, ...timed };
  } catch (error) {
    return untried(executionRefusal(error));
  }
}

/** ORDER BY with what makes it unique, over columns that are never NULL: what a row comparison needs. */
async function keysetOrder(
  connection: Connection,
  select: SelectStmt,
  tables: Awaited<ReturnType<typeof readTableFacts>>,
): Promise<KeysetOrder | { readonly reason: string }> {
  const [from, ...others] = select.fromClause ?? [];
  const [table] = tables;
  if (!asKind(from, 'RangeVar') || others.length > 0) return { reason: 'it reads several tables' };
  if (!table || table.kind === 'other' || tables.length > 1) return { reason: 'it does not read one plain table' };
  if (select.distinctClause) return { reason: 'it is DISTINCT' };
  const order = plainOrder(select);
  if ('reason' in order) return order;
  const [row] = await connection.run(
    'SELECT json_agg(attname) FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnotnull AND attnum > 0',
    [table.sqlName],
  );
  const notNull = JSON.parse(row?.[0] ?? '[]') as readonly string[];
  const nullable = order.columns.find((column) => !notNull.includes(column));
  if (nullable !== undefined) return { reason: `${nullable} may be NULL` };
  const keys = table.indexes
    .filter(({ unique, btree }) => unique && btree)
    .map(({ columns }) => columns)
    .filter((columns): columns is readonly string[] => columns.every((column) => column && notNull.includes(column)))
    .sort((a, b) => a.length - b.length);
  if (keys.some((columns) => columns.every((column) => order.columns.includes(column)))) return order;
  const [key] = keys;
  if (!key) return { reason: `${table.sqlName} has no unique key without NULLs` };
  return { ...order, columns: [...order.columns, ...key.filter((column) => !order.columns.includes(column))] };
}

interface Paging {
  readonly select: SelectStmt;
  readonly order: KeysetOrder;
  readonly offset: number;
}

type Timed = Pick<
  Extract<PageTrial, { status: 'tried' }>,
  'sql' | 'rows' | 'pageRows' | 'beforeMs' | 'afterMs' | 'firstPageMs' | 'runs' | 'sameRows'
>;

async function timePages(
  connection: Connection,
  { select, order, offset }: Paging,
): Promise<Timed | { readonly reason: string }> {
  const isPage = offset > 0;
  const original = atOffset(select, offset);
  const rows = await connection.run(original);
  const after = isPage ? await keyOf(connection, keyBefore(select, order, offset)) : undefined;
  if (isPage && (!after || rows.length === 0)) return { reason: 'no row stands at its OFFSET' };
  const place = { rows: isPage ? rows.length : pageRows, ...(after && { after }) };
  const page = keysetPage(select, order, place);
  const paged = await connection.run(page);
  // All rows of a whole result are answered; a page has as many before and after.
  const time = (sql: string) => connection.time({ sql, values: [], types: [] }, isPage ? 'dropped' : 'json');
  // In turns, so that what disturbs the machine disturbs all of them.
  const turns = await repeatWarm(
    async () => ({
      beforeMs: await time(original),
      afterMs: await time(page),
      firstPageMs: isPage ? await time(atOffset(select, 0)) : undefined,
    }),
    isPage ? pageRepeats : wholeRepeats,
  );
  // The garbage of many rows is collected once in several requests: a mean needs its share of that.
  const average = isPage ? median : mean;
  const over = (of: (turn: (typeof turns)[number]) => number | undefined) =>
    average(turns.flatMap((turn) => of(turn) ?? []));
  const firstPageMs = over((turn) => turn.firstPageMs);
  const shown = keysetPage(select, order, { rows: place.rows, after: after ?? order.columns.map(() => '0') });
  return {
    sql: describeStatement(shown).normalized,
    rows: rows.length,
    pageRows: paged.length,
    beforeMs: over((turn) => turn.beforeMs) ?? 0,
    afterMs: over((turn) => turn.afterMs) ?? 0,
    ...(firstPageMs !== undefined && { firstPageMs }),
    runs: turns.length,
    sameRows: !isPage || JSON.stringify(rows) === JSON.stringify(paged),
  };
}

async function keyOf(connection: Connection, sql: string): Promise<readonly string[] | undefined> {
  const [row] = await connection.run(sql);
  return row?.every((value) => value !== null) ? (row as readonly string[]) : undefined;
}
