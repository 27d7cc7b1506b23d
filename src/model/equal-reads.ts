import { isPlainRead, mayWrite } from './plain-read.ts';
import { type Execution, parametersKey, type RepeatedStatement, type Statement } from './queries.ts';

/**
 * Executions with the same values and the same rows, between which nothing was written to the tables that they read.
 *
 * Statements without a table (`SELECT 1`, a sequence) and those that lock are repeated for what they do: none of them
 * is equal to another.
 */
export function equalReads(
  { request, statement, executions }: RepeatedStatement,
  statements: readonly Statement[],
): readonly (readonly Execution[])[] {
  if (!isPlainRead(statement)) return [];
  const writes = request.executions.filter((execution) => mayWrite(statements[execution.statement], statement.tables));
  const groups = new Map<string, Execution[]>();
  for (const execution of executions) {
    if (execution.error !== undefined) continue;
    const writesBefore = writes.filter(({ startMs }) => startMs < execution.startMs).length;
    const key = `${writesBefore} ${execution.resultHash} ${parametersKey(execution)}`;
    const group = groups.get(key);
    if (group) group.push(execution);
    else groups.set(key, [execution]);
  }
  return [...groups.values()];
}
