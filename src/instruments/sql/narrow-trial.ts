import type { Node, SelectStmt } from 'libpg-query';
import { deparseSync } from 'pgsql-deparser';
import type { NarrowTrial } from '../../model/plan-trials.ts';
import { mean } from '../../stats/summary.ts';
import { rowGrouping } from './aggregates.ts';
import { boundText } from './bound-text.ts';
import type { Connection } from './connection.ts';
import { executionRefusal, safetyOf } from './explain-statement.ts';
import { withValues } from './keyset-page.ts';
import { inReadOnlyTransaction } from './read-only.ts';
import { repeatWarm } from './repeated-time.ts';
import { describeStatement, parseStatement } from './statement.ts';
import type { StatementChoice } from './statement-choice.ts';
import { asKind, nameParts } from './tree-nodes.ts';

/** Columns of a statement's result that are to be left out. */
export interface NarrowWish {
  readonly fingerprint: string;
  readonly columns: readonly string[];
}

/** Objects of many rows leave garbage, which is collected once in several requests: a mean needs its share of that. */
const narrowRepeats = { warmMs: 300, atLeast: 5, forMs: 600, atMost: 200, atMostMs: 5_000 };

/** Receives the rows of a SELECT with its captured values, and without some of its columns: means, read-only. */
export async function tryNarrow(
  connection: Connection,
  { statement, execution }: StatementChoice,
  { fingerprint, columns }: NarrowWish,
): Promise<NarrowTrial> {
  const none = (reason: string): NarrowTrial => ({ status: 'none', fingerprint, columns, reason });
  if (!execution) return none('its values were not captured');
  const { sql, values } = boundText(statement, execution);
  const tree = parseStatement(sql);
  const select = tree && withValues(tree, values);
  if (!select) return none('it is no SELECT');
  const targetList = narrowedTargets(
    select,
    execution.columns.map(({ name }) => name),
    columns,
  );
  if ('reason' in targetList) return none(targetList.reason);
  const textOf = (each: SelectStmt) => deparseSync({ SelectStmt: each }, { pretty: false });
  const narrow = textOf({ ...select, targetList: [...targetList.targets] });
  try {
    for (const text of [sql, narrow]) {
      const safety = await safetyOf(connection, text, execution.parameterTypes);
      if (safety.verdict !== 'execute') return none(safety.reason);
    }
    const time = (text: string) => connection.time({ sql: text, values: [], types: [] }, 'objects');
    const whole = textOf(select);
    return await inReadOnlyTransaction(connection, async () => {
      // In turns, so that what disturbs the machine disturbs both.
      const turns = await repeatWarm(
        async () => ({ beforeMs: await time(whole), afterMs: await time(narrow) }),
        narrowRepeats,
      );
      return {
        status: 'tried',
        fingerprint,
        columns,
        sql: describeStatement(narrow).normalized,
        beforeMs: mean(turns.map(({ beforeMs }) => beforeMs)) ?? 0,
        afterMs: mean(turns.map(({ afterMs }) => afterMs)) ?? 0,
        runs: turns.length,
      };
    });
  } catch (error) {
    return none(executionRefusal(error));
  }
}

/** The result columns that are left, where leaving the others out changes no row. */
function narrowedTargets(
  select: SelectStmt,
  results: readonly string[],
  unused: readonly string[],
): { readonly targets: readonly Node[] } | { readonly reason: string } {
  const grouping = rowGrouping(select);
  if (grouping !== undefined) return { reason: `its rows depend on its columns (${grouping})` };
  const ordersByPlace = (select.sortClause ?? []).some((node) => asKind(asKind(node, 'SortBy')?.node, 'A_Const'));
  if (ordersByPlace) return { reason: 'ORDER BY counts its columns' };
  const targets = select.targetList ?? [];
  const stars = targets.filter((target) => nameOf(target) === '*');
  if (stars.length > 0 && (targets.length > 1 || select.fromClause?.length !== 1 || !readsOneTable(select))) {
    return { reason: 'a * stands for the columns of several tables' };
  }
  const written = stars.length > 0 ? results.map(columnTarget) : targets;
  const left = written.filter((target) => !unused.includes(nameOf(target) ?? ''));
  const sorted = (select.sortClause ?? []).flatMap((node) =>
    nameParts(asKind(asKind(node, 'SortBy')?.node, 'ColumnRef')?.fields).slice(-1),
  );
  if (sorted.some((name) => unused.includes(name) && stars.length === 0)) {
    return { reason: 'ORDER BY may mean a column that is left out' };
  }
  return left.length === 0 ? { reason: 'no column would be left' } : { targets: left };
}

function readsOneTable({ fromClause }: SelectStmt): boolean {
  return asKind(fromClause?.[0], 'RangeVar') !== undefined;
}

/** The name under which it is in the result; `undefined` for an expression without one. */
function nameOf(node: Node): string | undefined {
  const target = asKind(node, 'ResTarget');
  return target?.name ?? nameParts(asKind(target?.val, 'ColumnRef')?.fields).at(-1);
}

function columnTarget(sval: string): Node {
  return { ResTarget: { val: { ColumnRef: { fields: [{ String: { sval } }] } } } };
}
