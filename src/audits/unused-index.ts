import { defineAudit } from '../model/audit.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import { type PlanNode, planNodes } from '../model/plan-node.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { callsPerRequest, type QueriesArtifact, requestsOf } from '../model/queries.ts';
import type { IndexState, TableState } from '../model/table-state.ts';
import { notTraced } from './traced.ts';

/**
 * Every write to a table keeps an index up to date that no read wants.
 *
 * Nobody may have used it since the server counts, the workload included. `minSizeBytes` is a megabyte: an index below
 * that costs a write next to nothing, and is often there for what the table is yet to become.
 */
export const unusedIndex = defineAudit({
  id: 'unused-index',
  technique: 'indexing',
  title: 'Every index is used',
  failureTitle: 'An index is kept up to date and never read',
  why: 'Each insert, and each update that changes a column of an index, writes to every index of the table.',
  fix: 'Drop the index; CONCURRENTLY does not block anybody. Keep its definition, so that it can come back.',
  requires: ['queries', 'plans'],
  defaults: { minSizeBytes: 1_000_000 },

  run({ queries, plans }, { minSizeBytes }) {
    const reason = notTraced(queries);
    if (reason) return { inconclusive: reason };
    if (!plans.tables) return { inconclusive: 'the indexes of the tables were not read' };
    const used = new Set(plansOf(plans).flatMap((plan) => [...planNodes(plan)].flatMap(({ index }) => index ?? [])));
    return plans.tables.flatMap((table) =>
      table.indexes
        .filter((index) => index.sizeBytes >= minSizeBytes && isIdle(index, used))
        .map((index) => toFinding(table, index, queries)),
    );
  },
});

function isIdle({ name, keptFor, coveredBy, scans }: IndexState, used: ReadonlySet<string>): boolean {
  if (keptFor !== undefined && keptFor !== 'foreign key') return false;
  // What another index does as well is idle even while the planner prefers it, since it is the smaller one.
  if (coveredBy !== undefined) return true;
  return keptFor === undefined && scans === 0 && !used.has(name);
}

function plansOf({ statements }: PlansArtifact): readonly PlanNode[] {
  return statements.flatMap((statement) => (statement.status === 'refused' ? [] : [statement.plan]));
}

function toFinding(table: TableState, index: IndexState, queries: QueriesArtifact): Finding {
  const writer = dearestWriter(table, queries);
  const { writes } = index;
  const perRowMs = writes ? (writes.insert.withMs - writes.insert.withoutMs) / 1000 : undefined;
  const savingMs = writer && perRowMs !== undefined && perRowMs > 0 ? perRowMs * writer.rows : undefined;
  const size = `${(index.sizeBytes / 1e6).toFixed(1)} MB`;
  return {
    key: `unused-index|${table.table}|${index.name}`,
    audit: 'unused-index',
    ...(writer ? { endpoint: writer.endpoint } : {}),
    severity: savingMs === undefined ? 'low' : severityOfSaving(savingMs),
    grade: 'likely',
    summary:
      index.scans === 0
        ? `${index.name} on ${table.table} (${size}) was never read`
        : `${index.name} on ${table.table} (${size}) finds nothing that ${index.coveredBy} does not find`,
    ...(savingMs === undefined ? {} : { savingMs }),
    evidence: [
      { kind: 'fix', label: 'drop it', language: 'sql', text: `DROP INDEX CONCURRENTLY ${dropped(table, index)}` },
      { kind: 'fix', label: 'to have it back', language: 'sql', text: index.definition },
      { kind: 'text', text: usage(table, index) },
      ...costs(index),
    ],
  };
}

/** The endpoint that inserts most rows of the table in one request, on the mean over its requests. */
function dearestWriter(
  { table }: TableState,
  queries: QueriesArtifact,
): { readonly endpoint: string; readonly rows: number } | undefined {
  const inserts = callsPerRequest(queries).filter(
    ({ statement }) => statement.kind === 'insert' && isSame(statement.tables[0], table),
  );
  const rows = inserts.map(({ endpoint, statement }) => {
    const requests = requestsOf(queries, endpoint);
    const executions = requests.flatMap((request) => request.executions.filter((e) => e.statement === statement.id));
    const inserted = executions.reduce((sum, execution) => sum + insertedRows(statement.normalized, execution.rows), 0);
    return { endpoint, rows: inserted / requests.length };
  });
  return rows.sort((a, b) => b.rows - a.rows)[0];
}

/** Without RETURNING an insert gives no rows; it made one at least. */
function insertedRows(sql: string, returned: number): number {
  const lists = sql.match(/\)\s*,\s*\(/g)?.length ?? 0;
  return Math.max(1, returned, /\bvalues\b/i.test(sql) ? lists + 1 : 0);
}

function isSame(written: string | undefined, table: string): boolean {
  return written?.split('.').at(-1) === table.split('.').at(-1);
}

function usage({ countedSince }: TableState, { scans, coveredBy }: IndexState): string {
  const since =
    countedSince === undefined
      ? 'since the server counts (its statistics were never reset)'
      : `since ${countedSince}, when its statistics were reset`;
  const unread = `No plan of this workload takes it, and the server has seen no use of it ${since}. A replica counts for itself.`;
  const covered = `${coveredBy} begins with the same columns in the same order.`;
  if (scans > 0) return `${covered} It was read ${scans} times ${since}.`;
  return coveredBy === undefined ? unread : `${unread} ${covered}`;
}

function costs({ writes }: IndexState): readonly Evidence[] {
  if (!writes) return [];
  const { insert } = writes;
  return [
    {
      kind: 'measurement',
      label: 'a thousand inserts with → without it',
      beforeMs: insert.withMs,
      afterMs: insert.withoutMs,
      runs: 5,
      method: `on a scratch copy of the database, with rows of the table itself; ${kilobytes(insert.withWalBytes)} → ${kilobytes(insert.withoutWalBytes)} of write-ahead log`,
    },
  ];
}

function dropped({ table }: TableState, { name }: IndexState): string {
  const schema = table.includes('.') ? `${quoted(table.slice(0, table.indexOf('.')))}.` : '';
  return `${schema}${quoted(name)}`;
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}
