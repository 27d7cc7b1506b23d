import type { ParentColumn } from '../../model/parent-column.ts';
import type { JoinTrial } from '../../model/plan-trials.ts';
import type { Execution, QueriesArtifact, RepeatedStatement } from '../../model/queries.ts';
import { valueHash } from '../../model/value-hash.ts';
import { median } from '../../stats/summary.ts';
import { batchKey } from './batched-rewrite.ts';
import type { BoundStatement, Connection, TextRow } from './connection.ts';
import { type Executable, executionRefusal, safetyOf } from './explain-statement.ts';
import { type JoinKey, rewriteAsJoin } from './join-rewrite.ts';
import { type Loop, loopRepeats, loopText, readLoop, timeAll } from './loop-statements.ts';
import { bindParameters, inferredTypes } from './parameter-binding.ts';
import { inReadOnlyTransaction } from './read-only.ts';
import { repeatWarm } from './repeated-time.ts';
import { sortedKeys } from './rewrite-trial.ts';
import { describeStatement } from './statement.ts';
import type { FedLoop } from './statement-choice.ts';
import { assessStatement } from './statement-safety.ts';
import { readTableFacts } from './table-facts.ts';

/**
 * Runs the statement that fed a loop, the loop, and one JOIN of both, read-only and on an idle connection: medians of
 * five, and whether the join gives each row of the parent with the rows that the loop gave for it.
 */
export async function tryJoin(
  connection: Connection,
  { group, parent: column }: FedLoop,
  { statements }: Pick<QueriesArtifact, 'statements'>,
): Promise<JoinTrial> {
  const { fingerprint } = group.statement;
  const parentStatement = column && statements[column.statement];
  const of = { fingerprint, ...(parentStatement && { parentFingerprint: parentStatement.fingerprint }) };
  const none = (reason: string): JoinTrial => ({ status: 'none', ...of, reason });
  if (!column || !parentStatement) return none('no column of an earlier result holds its values');
  try {
    const fed = parentOf(group, column);
    if ('reason' in fed) return none(fed.reason);
    const loop = await readLoop(connection, group);
    if ('reason' in loop) return none(loop.reason);
    const parent = await readParent(connection, { statement: parentStatement, executions: [fed.execution] });
    if ('reason' in parent) return none(`the statement that fed it: ${parent.reason}`);
    const keys = await joinKeys(connection, fed, loop);
    if ('reason' in keys) return none(keys.reason);

    const joins = await writeJoins(connection, parent, loop, keys.keys);
    if ('reason' in joins) return none(joins.reason);
    let sameRows = false;
    let best = joins.joins[0];
    for (const join of joins.joins) {
      const compared = await compareRows(connection, parent.statement, loop, keys.keys, join);
      if (typeof compared === 'string') return none(compared);
      sameRows = compared;
      best = join;
      if (sameRows) break;
    }
    if (!best) return none('no join could be written');
    const join = best;
    const separate = await inReadOnlyTransaction(connection, () =>
      repeatWarm(() => timeAll(connection, [parent.statement, ...loop.statements]), loopRepeats),
    );
    const joined = await inReadOnlyTransaction(connection, () => repeatWarm(() => connection.time(join), loopRepeats));
    return {
      status: 'tried',
      fingerprint,
      parentFingerprint: parentStatement.fingerprint,
      // The condition of a LATERAL join is no constant of the service's.
      sql: describeStatement(join.sql).normalized.replace(/ ON \$\d+$/, ' ON true'),
      repeats: loop.statements.length,
      separateMs: median(separate) ?? 0,
      joinedMs: median(joined) ?? 0,
      runs: Math.min(separate.length, joined.length),
      sameRows,
    };
  } catch (error) {
    return none(executionRefusal(error));
  }
}

interface Fed {
  readonly column: ParentColumn;
  readonly execution: Execution;
}

interface Parent {
  readonly safety: Executable;
  readonly statement: BoundStatement;
}

/** The one execution whose rows fed the loop. */
function parentOf(group: RepeatedStatement, column: ParentColumn): Fed | { readonly reason: string } {
  if (column.statement === group.statement.id) return { reason: 'it walks a tree, which takes WITH RECURSIVE' };
  const lastStartMs = Math.max(...group.executions.map(({ startMs }) => startMs));
  const candidates = group.request.executions.filter(
    ({ statement, startMs }) => statement === column.statement && startMs < lastStartMs,
  );
  const execution = candidates.find((candidate) => holdsAll(candidate, column, group));
  return execution ? { column, execution } : { reason: 'the statement that fed it runs in a loop itself' };
}

function holdsAll(execution: Execution, { keys }: ParentColumn, { executions }: RepeatedStatement): boolean {
  return keys.every(({ position, columnIndex }) => {
    const held = new Set(execution.columns[columnIndex]?.valueHashes);
    return executions.every((each) => {
      const value = [...each.parameters, ...(each.literals ?? [])][position] ?? null;
      return value === null || held.has(valueHash(value));
    });
  });
}

async function readParent(
  connection: Connection,
  of: Pick<RepeatedStatement, 'statement' | 'executions'>,
): Promise<Parent | { readonly reason: string }> {
  const { text, runs } = loopText(of);
  const [run] = runs;
  const safety = await safetyOf(connection, text, run?.parameterTypes ?? []);
  if (safety.verdict !== 'execute') return { reason: safety.reason };
  if (!run) return { reason: 'its values were not captured' };
  const binding = await bindParameters(connection, { sql: safety.sql, values: run.values, types: run.parameterTypes });
  return binding.status === 'unbound' ? { reason: binding.reason } : { safety, statement: binding.statement };
}

async function joinKeys(
  connection: Connection,
  { column, execution }: Fed,
  { safety, parameters }: Loop,
): Promise<{ readonly keys: readonly JoinKey[] } | { readonly reason: string }> {
  const fed = parameters.flatMap((parameter) => column.keys.find(({ position }) => position === parameter - 1) ?? []);
  if (fed.length < parameters.length) {
    return { reason: `${parameters.length - fed.length} of the values that vary do not come from those rows` };
  }
  const wanted = await inferredTypes(connection, safety.sql);
  const keys: JoinKey[] = [];
  for (const { position, columnIndex } of fed) {
    const { name = '', typeOid = 0 } = execution.columns[columnIndex] ?? {};
    const [given] = (await connection.run('SELECT format_type($1::oid, NULL)', [String(typeOid)]))[0] ?? [];
    const type = wanted[position];
    const cast = type !== undefined && given !== type && !(isInteger(given) && isInteger(type)) ? { cast: type } : {};
    keys.push({ parameter: position + 1, column: name, columnIndex, ...cast });
  }
  return { keys };
}

const isInteger = (type: string | null | undefined) => /^(?:smallint|integer|bigint)$/.test(type ?? '');

/** The forms that the server takes, best first. */
async function writeJoins(
  connection: Connection,
  parent: Parent,
  loop: Loop,
  keys: readonly JoinKey[],
): Promise<{ readonly joins: readonly BoundStatement[] } | { readonly reason: string }> {
  const [first] = loop.statements;
  const facts = await readTableFacts(connection, loop.safety.select.fromClause);
  const compared = keys.map(({ parameter }) => batchKey(loop.safety.tree, parameter));
  const columns = compared.flatMap((key) => ('column' in key ? [key.column.at(-1)] : []));
  const unique = facts.some(({ indexes }) =>
    indexes.some((index) => index.unique && index.columns.every((name) => name !== null && columns.includes(name))),
  );
  const joins: BoundStatement[] = [];
  let reason = 'no join could be written';
  for (const rewrite of rewriteAsJoin({ parent: parent.safety.tree, child: loop.safety.tree, keys, unique })) {
    const kept = <T>(list: readonly T[] | undefined, missing: T) =>
      rewrite.keptParameters.map((number) => list?.[number - 1] ?? missing);
    const { values, types } = parent.statement;
    const statement = {
      sql: rewrite.sql,
      values: [...values, ...kept<string | null>(first?.values, null)],
      types: [...values.map((_, index) => types[index] ?? 0), ...kept<number>(first?.types, 0)],
    };
    const safety = assessStatement(statement.sql);
    const binding = safety.verdict === 'execute' ? await bindParameters(connection, statement) : undefined;
    if (binding?.status === 'bound') joins.push(binding.statement);
    else reason = `the join does not run: ${binding?.reason ?? ('reason' in safety ? safety.reason : '')}`;
  }
  return joins.length > 0 ? { joins } : { reason };
}

/** Whether the join's rows are those of the parent, each with what the loop gave for it; or why that cannot be said. */
async function compareRows(
  connection: Connection,
  parent: BoundStatement,
  loop: Loop,
  keys: readonly JoinKey[],
  join: BoundStatement,
): Promise<boolean | string> {
  const run = ({ sql, values, types }: BoundStatement) => connection.run(sql, values, types);
  return inReadOnlyTransaction(connection, async () => {
    const answers = new Map<string, readonly TextRow[]>();
    for (const statement of loop.statements) {
      const key = JSON.stringify(keys.map(({ parameter }) => statement.values[parameter - 1] ?? null));
      if (!answers.has(key)) answers.set(key, await run(statement));
    }
    const joined = await run(join);
    const expected: TextRow[] = [];
    for (const row of await run(parent)) {
      const values = keys.map(({ columnIndex }) => row[columnIndex] ?? null);
      const found = answers.get(JSON.stringify(values));
      if (!found && !values.includes(null)) return 'the service asks for only some of the rows';
      const width = (joined[0]?.length ?? row.length) - row.length;
      const own = found && found.length > 0 ? found : [Array<null>(width).fill(null)];
      for (const child of own) expected.push([...row, ...child]);
    }
    return sortedKeys(expected) === sortedKeys(joined);
  });
}
