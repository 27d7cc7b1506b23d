import { executedWriteOf } from '../model/executed-write.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import type { ExecutedWrite } from '../model/plan-trials.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { callsPerRequest, type QueriesArtifact } from '../model/queries.ts';

/** Reading so many rows for each row that is deleted takes about a millisecond. */
const minRows = 10_000;

/** An index that was tried and gained less is not worth its writes; as of missing-index. */
const minGainMs = 0.2;

/**
 * Rows are deleted to which another table refers by columns without an index: PostgreSQL reads that table for each.
 *
 * The check stands in no plan. Its time is known where the statement was executed on a copy, and what the index saves
 * where it was built there.
 */
export function unindexedReferences(queries: QueriesArtifact, plans: PlansArtifact): readonly Finding[] {
  const { tables = [] } = plans;
  return callsPerRequest(queries).flatMap(({ endpoint, statement, calls }) => {
    if (statement.kind !== 'delete') return [];
    const name = statement.tables[0]?.split('.').at(-1);
    const table = tables.find((state) => state.table.split('.').at(-1) === name);
    const write = executedWriteOf(plans, statement.fingerprint);
    const references = (table?.unindexedReferences ?? []).filter(({ estimatedRows }) => estimatedRows >= minRows);
    return references.flatMap((key): readonly Finding[] => {
      const tried = triedWith(write, key.name);
      if (tried && tried.beforeMs - tried.afterMs < minGainMs) return [];
      const saving = tried && (tried.beforeMs - tried.afterMs) * calls;
      const finding: Finding = {
        key: `missing-index|${endpoint}|${statement.fingerprint}|${key.name}`,
        audit: 'missing-index',
        endpoint,
        severity: saving === undefined ? 'medium' : severityOfSaving(saving),
        grade: tried ? 'proven' : 'likely',
        summary: `for each row deleted from ${table?.table} PostgreSQL reads all ${Math.round(key.estimatedRows).toLocaleString('en')} rows of ${key.table}: ${key.columns.join(', ')} (${key.name}) has no index`,
        ...(saving !== undefined && { savingMs: saving }),
        evidence: [
          { kind: 'statement', label: 'the statement', sql: statement.normalized, calls },
          ...(tried ? [measurement(tried)] : []),
          {
            kind: 'fix',
            label: tried ? 'the index that was tried' : 'candidate, not tried',
            language: 'sql',
            text: key.ddl,
          },
          ...(tried ? [] : [{ kind: 'text' as const, text: whyUntried(write, key.name) }]),
        ],
      };
      return [finding];
    });
  });
}

interface Tried {
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly checkMs: number;
  readonly runs: number;
  readonly rows: 'captured' | 'others';
}

function triedWith(write: ExecutedWrite | undefined, constraint: string): Tried | undefined {
  if (write?.status !== 'executed') return undefined;
  const reference = write.references?.find(({ name }) => name === constraint);
  const trigger = write.triggers.find((each) => each.constraint === constraint);
  if (!reference || !trigger) return undefined;
  const { executionMs: beforeMs, runs, rows } = write;
  return { beforeMs, afterMs: reference.afterMs, checkMs: trigger.timeMs, runs, rows };
}

function measurement({ beforeMs, afterMs, checkMs, runs, rows }: Tried): Evidence {
  const which = rows === 'others' ? ' with other rows than the captured ones, which were gone,' : '';
  return {
    kind: 'measurement',
    label: 'the DELETE with its checks, without and with the index',
    beforeMs,
    afterMs,
    runs,
    method: `Executed${which} on a copy of the database, and rolled back: the check of the foreign key takes ${checkMs.toFixed(1)} ms of it.`,
  };
}

function whyUntried(write: ExecutedWrite | undefined, constraint: string): string {
  const what = 'The check of the foreign key is in no plan of the statement';
  if (write?.status === 'none') return `${what}, and it was not executed: ${write.reason}. The saving is unknown.`;
  if (write) {
    const { timeMs = 0 } = write.triggers.find((each) => each.constraint === constraint) ?? {};
    return `${what}; on a copy it took ${timeMs.toFixed(1)} ms, and the index was not tried: the saving is unknown.`;
  }
  return `${what}, and no copy of the database may be made to execute it: the saving is unknown.`;
}
