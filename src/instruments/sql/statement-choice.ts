import { findParentColumn, type ParentColumn } from '../../model/parent-column.ts';
import type { Execution, QueriesArtifact, RepeatedStatement, Statement } from '../../model/queries.ts';
import { repeatsOf } from '../../model/repeats.ts';
import { parseStatement } from './statement.ts';
import { parameterCount } from './tree-nodes.ts';

/** Writes that are executed on a copy. */
const maxWrites = 10;

/** Statements that are explained: what lies beyond them takes next to no time of a request. */
const maxStatements = 25;

/** A statement to be explained, with the values to explain it with. */
export interface StatementChoice {
  readonly statement: Statement;
  /** The slowest execution whose values fit the statement's text. */
  readonly execution: Execution | undefined;
  /** It binds parameters, and the constants beside them were the same in all executions. */
  readonly constants: boolean;
}

/** SELECTs first, then by the time that all executions took together; transaction control and settings never. */
export function pickStatements(queries: QueriesArtifact): readonly StatementChoice[] {
  return choicesByTime(queries)
    .toSorted((a, b) => selectsFirst(a.statement) - selectsFirst(b.statement))
    .slice(0, maxStatements);
}

/** Statements that write rows and whose values are known, by the time that all executions took together. */
export function pickWrites(queries: QueriesArtifact): readonly StatementChoice[] {
  return choicesByTime(queries)
    .filter(({ statement, execution }) => execution && isWrite(statement.kind))
    .slice(0, maxWrites);
}

export function isWrite(kind: Statement['kind']): boolean {
  return kind === 'insert' || kind === 'update' || kind === 'delete';
}

function choicesByTime(queries: QueriesArtifact): readonly StatementChoice[] {
  const executions = new Map<number, Execution[]>();
  for (const execution of queries.requests.flatMap((request) => request.executions)) {
    const known = executions.get(execution.statement);
    if (known) known.push(execution);
    else executions.set(execution.statement, [execution]);
  }
  return [...executions]
    .flatMap(([id, all]) => {
      const statement = queries.statements[id];
      if (!statement || statement.kind === 'transaction' || statement.kind === 'utility') return [];
      const totalMs = all.reduce((sum, { durationMs }) => sum + durationMs, 0);
      return [
        { statement, execution: slowestFitting(statement, all), constants: hasConstants(statement, all), totalMs },
      ];
    })
    .sort((a, b) => b.totalMs - a.totalMs);
}

/** Executions with one fingerprint may differ in what they bound and what stood in the text; one text was kept. */
function slowestFitting({ example }: Statement, executions: readonly Execution[]): Execution | undefined {
  const count = parameterCount(parseStatement(example));
  return executions
    .filter(({ parameters, error }) => parameters.length === count && error === undefined)
    .reduce<Execution | undefined>(
      (slowest, each) => (each.durationMs > (slowest?.durationMs ?? -1) ? each : slowest),
      undefined,
    );
}

function hasConstants({ example }: Statement, executions: readonly Execution[]): boolean {
  const texts = new Set(executions.map(({ literals }) => JSON.stringify(literals ?? [])));
  return texts.size === 1 && parameterCount(parseStatement(example)) > 0;
}

function selectsFirst({ kind }: Statement): number {
  return kind === 'select' ? 0 : 1;
}

/** For each statement that some request runs in a loop, the request with the most repeats. */
export function pickLoops(
  queries: QueriesArtifact,
  kind: 'loop' | 'write-loop' = 'loop',
): readonly RepeatedStatement[] {
  const loops = new Map<string, RepeatedStatement>();
  for (const group of repeatsOf(queries, kind)) {
    const { fingerprint } = group.statement;
    if (!loops.has(fingerprint)) loops.set(fingerprint, group);
  }
  return [...loops.values()];
}

/** A loop and the column that fed it, where there is one. */
export interface FedLoop {
  readonly group: RepeatedStatement;
  readonly parent?: ParentColumn;
}

/** For each loop and each statement that feeds it, the request with the most repeats. */
export function pickFedLoops(queries: QueriesArtifact): readonly FedLoop[] {
  const loops = new Map<string, FedLoop>();
  for (const group of repeatsOf(queries, 'loop')) {
    const parent = findParentColumn(group);
    const key = `${group.statement.fingerprint} ${parent?.statement}`;
    if (!loops.has(key)) loops.set(key, { group, ...(parent && { parent }) });
  }
  return [...loops.values()];
}
