import { readsSystemTables, type Statement } from './queries.ts';

/** Statements without a table (`SELECT 1`, a sequence) and those that lock are run for what they do. */
export function isPlainRead(statement: Pick<Statement, 'kind' | 'tables' | 'normalized'>): boolean {
  return (
    statement.kind === 'select' &&
    statement.tables.length > 0 &&
    !readsSystemTables(statement) &&
    !/\bfor\s+(?:no\s+key\s+)?(?:update|share|key\s+share)\b/i.test(statement.normalized)
  );
}

/** Whether a statement may change what is in these tables. */
export function mayWrite(statement: Statement | undefined, tables: readonly string[]): boolean {
  if (!statement || statement.kind === 'select' || statement.kind === 'transaction') return false;
  // CALL, COPY or what cannot be parsed may write anything.
  if (statement.kind === 'utility' || statement.kind === 'unparsable')
    return !/^\s*(?:set|show)\b/i.test(statement.normalized);
  return statement.tables.some((table) => tables.includes(table));
}
