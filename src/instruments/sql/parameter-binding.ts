import { type BoundStatement, type Connection, describeRefusal, sqlState } from './connection.ts';
import { inReadOnlyTransaction } from './read-only.ts';

/** How the values of a statement reach the server, with its unexecuted plan as the proof that they do. */
export type Binding =
  | {
      readonly status: 'bound';
      readonly binding: 'literals' | 'typed' | 'text' | 'casts';
      readonly statement: BoundStatement;
      /** Output of EXPLAIN (FORMAT JSON). */
      readonly explained: string;
    }
  | { readonly status: 'unbound'; readonly reason: string };

// What a value of unknown or unfit type gives: https://www.postgresql.org/docs/current/errcodes-appendix.html
const typeErrors: readonly string[] = [
  '42P18', // could not determine data type of parameter $n
  '42P08', // inconsistent types deduced for parameter $n
  '42883', // operator or function does not exist
  '42725', // operator or function is not unique
  '42804', // datatype mismatch
  '22P02', // invalid input syntax
  '22007', // invalid datetime format
  '22008', // datetime field overflow
  '22003', // numeric value out of range
];

const preparedName = 'chokepoint_statement';

/**
 * Finds how the values can be bound: with the types that the client declared (`typed`), as text whose types the
 * server works out (`text`), or with types guessed from the values (`casts`: declaring the type of `$1` is what
 * `$1::type` does).
 *
 * @param statement - must be safe to plan
 */
export async function bindParameters(connection: Connection, statement: BoundStatement): Promise<Binding> {
  const { sql, values } = statement;
  if (values.length === 0) return attempt(connection, 'literals', { sql, values, types: [] });
  const attempts: { readonly binding: 'typed' | 'text' | 'casts'; readonly types: readonly number[] }[] = [
    ...(statement.types.some((oid) => oid !== 0) ? [{ binding: 'typed' as const, types: statement.types }] : []),
    { binding: 'text', types: [] },
    { binding: 'casts', types: values.map(guessType) },
    // A text type everywhere is what remains where a number was meant as text.
    { binding: 'casts', types: values.map(() => oids.text) },
  ];
  let refusal: Binding | undefined;
  for (const { binding, types } of attempts) {
    const result = await attempt(connection, binding, { sql, values, types });
    if (result.status === 'bound' || !result.retry) return result;
    refusal ??= result;
  }
  return refusal ?? { status: 'unbound', reason: 'its values could not be bound' };
}

/**
 * The plan for any values, as EXPLAIN (FORMAT JSON) prints it: what remains where the values cannot be bound.
 *
 * PREPARE works on every version, unlike EXPLAIN (GENERIC_PLAN), which came with PostgreSQL 16.
 */
export async function explainGeneric(connection: Connection, sql: string, parameters: number): Promise<string> {
  const nulls = parameters > 0 ? `(${Array(parameters).fill('NULL').join(', ')})` : '';
  return withPrepared(connection, sql, async () => {
    await connection.run(`SELECT set_config('plan_cache_mode', 'force_generic_plan', true)`);
    return explainText(await connection.run(`EXPLAIN (FORMAT JSON) EXECUTE ${preparedName}${nulls}`));
  });
}

/** The types that the server works out for `$1`, `$2`, …, as it writes them (`bigint`, `character varying`). */
export async function inferredTypes(connection: Connection, sql: string): Promise<readonly string[]> {
  return withPrepared(connection, sql, async () => {
    const [row] = await connection.run(
      `SELECT to_json(parameter_types::text[]) FROM pg_prepared_statements WHERE name = $1`,
      [preparedName],
    );
    return JSON.parse(row?.[0] ?? '[]') as readonly string[];
  });
}

/** The text of an EXPLAIN (FORMAT JSON). */
export function explainText(rows: readonly (readonly (string | null)[])[]): string {
  return rows.map(([line]) => line).join('\n');
}

async function attempt(
  connection: Connection,
  binding: 'literals' | 'typed' | 'text' | 'casts',
  statement: BoundStatement,
): Promise<Binding & { readonly retry?: boolean }> {
  try {
    const explained = await inReadOnlyTransaction(connection, async () =>
      explainText(await connection.run(`EXPLAIN (FORMAT JSON) ${statement.sql}`, statement.values, statement.types)),
    );
    return { status: 'bound', binding, statement, explained };
  } catch (error) {
    const reason = describeRefusal(error);
    return { status: 'unbound', reason, retry: typeErrors.includes(sqlState(error) ?? '') };
  }
}

async function withPrepared<T>(connection: Connection, sql: string, work: () => Promise<T>): Promise<T> {
  try {
    return await inReadOnlyTransaction(connection, async () => {
      await connection.run(`PREPARE ${preparedName} AS ${sql}`);
      return work();
    });
  } finally {
    // A prepared statement outlives ROLLBACK. Behind a pooler the session has those of others too.
    const known = await connection.run('SELECT FROM pg_prepared_statements WHERE name = $1', [preparedName]);
    if (known.length > 0) await connection.run(`DEALLOCATE ${preparedName}`);
  }
}

// Type oids are fixed: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat
const oids = {
  bool: 16,
  int4: 23,
  int8: 20,
  text: 25,
  date: 1082,
  timestamptz: 1184,
  interval: 1186,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
} as const;

const guesses: readonly (readonly [RegExp, number])[] = [
  [/^-?\d{1,9}$/, oids.int4],
  [/^-?\d{10,18}$/, oids.int8],
  [/^-?\d*\.?\d+(?:e[+-]?\d+)?$/i, oids.numeric],
  [/^(?:true|false|t|f)$/, oids.bool],
  [/^\d{4}-\d{2}-\d{2}$/, oids.date],
  [/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/, oids.timestamptz],
  [/^(?:P\d|PT\d)[\dYMWDTHS.]*$|^-?\d+ (?:year|month|week|day|hour|minute|second)s?\b/, oids.interval],
  [/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i, oids.uuid],
  [/^[[{]\s*(?:["\]}{[\d-]|true|false|null)/, oids.jsonb],
];

function guessType(value: string | null): number {
  return guesses.find(([shape]) => value !== null && shape.test(value))?.[1] ?? oids.text;
}
