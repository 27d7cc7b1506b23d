import type { Finding } from '../model/finding.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { callsPerRequest, type QueriesArtifact } from '../model/queries.ts';

/** Reading so many rows for each row that is deleted takes about a millisecond. */
const minRows = 10_000;

/**
 * Rows are deleted to which another table refers by columns without an index: PostgreSQL reads that table for each.
 *
 * The check stands in no plan, so its time is known only where the statement is executed, which it is not.
 */
export function unindexedReferences(queries: QueriesArtifact, { tables = [] }: PlansArtifact): readonly Finding[] {
  return callsPerRequest(queries).flatMap(({ endpoint, statement, calls }) => {
    if (statement.kind !== 'delete') return [];
    const name = statement.tables[0]?.split('.').at(-1);
    const table = tables.find((state) => state.table.split('.').at(-1) === name);
    const references = (table?.unindexedReferences ?? []).filter(({ estimatedRows }) => estimatedRows >= minRows);
    return references.map((key) => ({
      key: `missing-index|${endpoint}|${statement.fingerprint}|${key.name}`,
      audit: 'missing-index',
      endpoint,
      severity: 'medium',
      grade: 'likely',
      summary: `for each row deleted from ${table?.table} PostgreSQL reads all ${Math.round(key.estimatedRows).toLocaleString('en')} rows of ${key.table}: ${key.columns.join(', ')} (${key.name}) has no index`,
      evidence: [
        { kind: 'statement', label: 'the statement', sql: statement.normalized, calls },
        { kind: 'fix', label: 'candidate, not tried', language: 'sql', text: key.ddl },
        {
          kind: 'text',
          text: 'The check of the foreign key is in no plan of the statement, and statements that write are not executed: the saving is unknown.',
        },
      ],
    }));
  });
}
