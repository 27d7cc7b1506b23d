import { type Execution, type RepeatedStatement, type Statement, valuesOf } from '../../model/queries.ts';
import { boundText } from './bound-text.ts';
import type { BoundStatement, Connection } from './connection.ts';
import { type Executable, safetyOf } from './explain-statement.ts';
import { literalsOf } from './normalized-text.ts';
import { bindParameters } from './parameter-binding.ts';
import { parameterCount } from './tree-nodes.ts';

/** More rows than this are not held in memory to be compared. */
const maxComparedRows = 200_000;

/**
 * How often a loop and what replaces it are run, for their medians. The first twenty runs of a loop of 40 statements
 * were seen to take a third longer than those after 1,500 statements: a service in use is past that.
 */
export const loopRepeats = { warmMs: 600, atLeast: 5, forMs: 400, atMost: 50, atMostMs: 5_000 };

/** A loop of one request, ready to be run again. */
export interface Loop {
  readonly safety: Executable;
  /** As the service ran them. */
  readonly statements: readonly BoundStatement[];
  /** Numbers of the parameters that vary. */
  readonly parameters: readonly number[];
}

/** The loop with its captured values, if it may be executed and its values can be bound. */
export async function readLoop(
  connection: Connection,
  group: RepeatedStatement,
): Promise<Loop | { readonly reason: string }> {
  const { text, runs } = loopText(group);
  const safety = await safetyOf(connection, text, runs[0]?.parameterTypes ?? []);
  if (safety.verdict !== 'execute') return { reason: safety.reason };
  const count = parameterCount(safety.tree);
  const executions = runs.filter(({ values, error }) => values.length === count && !error);
  const [first] = executions;
  if (!first || executions.length < 2) return { reason: 'its values were not captured' };
  if (executions.reduce((rows, execution) => rows + execution.rows, 0) > maxComparedRows) {
    return { reason: `it gives more than ${maxComparedRows} rows` };
  }
  const parameters = first.values
    .map((_, index) => index + 1)
    .filter((number) => executions.some(({ values }) => values[number - 1] !== first.values[number - 1]));
  const binding = await bindParameters(connection, {
    sql: safety.sql,
    values: first.values,
    types: first.parameterTypes,
  });
  if (binding.status === 'unbound') return { reason: binding.reason };
  const { sql, types } = binding.statement;
  return { safety, statements: executions.map(({ values }) => ({ sql, values, types })), parameters };
}

/** The text that all runs of the loop share, and what each bound to it: constants that vary become values. */
export function loopText({ statement, executions }: Pick<RepeatedStatement, 'statement' | 'executions'>): {
  readonly text: string;
  readonly runs: readonly (Execution & { readonly values: readonly (string | null)[] })[];
} {
  // One text was kept of all requests: its constants may be those of another one.
  const lists = [literalsOf(statement.example), ...executions.flatMap(({ literals }) => (literals ? [literals] : []))];
  const constants = new Set(lists.map((list) => JSON.stringify(list)));
  const varies = constants.size > 1;
  return {
    text: varies ? statement.normalized : statement.example,
    runs: executions.map((each) => ({
      ...each,
      values: varies ? valuesInNormalized(statement, each) : each.parameters,
    })),
  };
}

/** In the order of the normaliser's numbers, which is not always that of the text: see {@link boundText}. */
function valuesInNormalized(statement: Statement, execution: Execution): readonly (string | null)[] {
  const bound = boundText(statement, execution);
  return bound.sql === statement.normalized ? bound.values : valuesOf(execution);
}

/** The time that a client waits for all of them, one after the other. */
export async function timeAll(connection: Connection, statements: readonly BoundStatement[]): Promise<number> {
  const startedAt = performance.now();
  for (const statement of statements) await connection.time(statement);
  return performance.now() - startedAt;
}
