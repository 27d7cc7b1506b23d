import { type Execution, parametersKey, type Statement, type TracedRequest } from './queries.ts';

/**
 * The executions that came to nothing and were made again: a statement that failed and was sent with the same values
 * once more, and everything in a transaction that failed (a deadlock, a conflict found at COMMIT) and began again.
 *
 * What they read was thrown away with them, so that they are no repeat of what came after.
 */
export function abandonedAttempts(request: TracedRequest, statements: readonly Statement[]): ReadonlySet<Execution> {
  const abandoned = new Set<Execution>();
  const isControl = ({ statement }: Execution) => statements[statement]?.kind === 'transaction';
  for (const unit of unitsOf(request.executions, statements)) {
    const last = unit.at(-1);
    const [first, ...others] = unit.filter((execution) => !isControl(execution));
    if (!first || !last || unit.every(({ error }) => error === undefined)) continue;
    const key = parametersKey(first);
    const again = request.executions.some(
      (later) => later.statement === first.statement && later.startMs >= endMs(last) && parametersKey(later) === key,
    );
    if (again) for (const execution of [first, ...others]) abandoned.add(execution);
  }
  return abandoned;
}

/** What the database does wholly or not at all: the statements of one transaction, or one statement outside of any. */
function unitsOf(
  executions: readonly Execution[],
  statements: readonly Statement[],
): readonly (readonly Execution[])[] {
  const open = new Map<number, Execution[]>();
  const units: (readonly Execution[])[] = [];
  const ordered = [...executions].sort((a, b) => a.startMs - b.startMs);
  for (const execution of ordered) {
    if (!execution.inTransaction) open.delete(execution.connection);
    const unit = open.get(execution.connection) ?? [];
    if (unit.length === 0) units.push(unit);
    unit.push(execution);
    if (execution.inTransaction) open.set(execution.connection, unit);
    if (endsTransaction(statements[execution.statement])) open.delete(execution.connection);
  }
  return units;
}

function endsTransaction(statement: Statement | undefined): boolean {
  if (statement?.kind !== 'transaction') return false;
  return /^\s*(?:commit|end|abort|rollback)\b/i.test(statement.normalized) && !/\bto\b/i.test(statement.normalized);
}

function endMs({ startMs, durationMs }: Execution): number {
  return startMs + durationMs;
}
