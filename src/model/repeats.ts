import { abandonedAttempts } from './abandoned-attempts.ts';
import { readsBatches, writesBatches } from './batches.ts';
import { equalReads } from './equal-reads.ts';
import { readsPages } from './paging.ts';
import { varyingPositions } from './parent-column.ts';
import { isPolling } from './polling.ts';
import {
  type Execution,
  parametersKey,
  type QueriesArtifact,
  type RepeatedStatement,
  readsSystemTables,
  repeatedStatements,
  type Statement,
  valuesOf,
} from './queries.ts';
import { valueHash } from './value-hash.ts';
import { boundsPart } from './value-positions.ts';

/**
 * Why one request runs one statement several times:
 *
 * - `loop`: for other values each time, which one statement could have fetched
 * - `duplicate`: for the same values and the same rows
 * - `write-loop`: one row after the other is written
 * - `chain`: rows are written that refer to the ones written before (`RETURNING`)
 * - `polling`: it waits for something
 * - `retry`: the times before came to nothing
 * - `pagination`: page by page of one list
 * - `batches`: many values at a time
 * - `few`: none of these, or too seldom
 */
export type RepeatKind =
  | 'loop'
  | 'duplicate'
  | 'write-loop'
  | 'chain'
  | 'polling'
  | 'retry'
  | 'pagination'
  | 'batches'
  | 'few';

/** Executions of one statement in one request, and what they are; of a duplicate only those that are equal to others. */
export interface Repeat extends RepeatedStatement {
  readonly kind: RepeatKind;
}

export interface RepeatThresholds {
  /** Different values that make a loop. */
  readonly minDifferent: number;
  /** Equal executions that make a duplicate. */
  readonly minEqual: number;
}

/** Pages that load two or three things by the same statement are common and harmless; the second equal one is wasted. */
const usualThresholds: RepeatThresholds = { minDifferent: 5, minEqual: 2 };

/**
 * The one place where the repeats of requests are told apart; each statement of a request is one of the kinds, and
 * its abandoned attempts are a `retry` beside.
 *
 * Statements on the catalogue of the database are left out: drivers and ORMs run them.
 */
export function tellRepeatsApart(
  queries: QueriesArtifact,
  thresholds: RepeatThresholds = usualThresholds,
): readonly Repeat[] {
  const attempts = new Map(
    queries.requests.map((request) => [request, abandonedAttempts(request, queries.statements)]),
  );
  const repeats = repeatedStatements(queries).flatMap((repeated): readonly Repeat[] => {
    if (readsSystemTables(repeated.statement)) return [];
    const abandoned = attempts.get(repeated.request);
    const isAbandoned = (execution: Execution) => abandoned?.has(execution) ?? false;
    const failed = repeated.executions.filter(isAbandoned);
    const rest = withExecutions(
      repeated,
      repeated.executions.filter((execution) => !isAbandoned(execution)),
    );
    return [
      ...(failed.length > 0 ? [{ ...withExecutions(repeated, failed), kind: 'retry' as const }] : []),
      ...(rest.executions.length > 1 ? [tellApart(rest, queries.statements, thresholds)] : []),
    ];
  });
  const polled = pollingEndpoints(repeats);
  return repeats.map((repeat) =>
    repeat.kind === 'duplicate' && polled.has(placeOf(repeat)) ? { ...repeat, kind: 'polling' } : repeat,
  );
}

/** Where most requests show the rhythm: in some of them a busy machine hides it. */
function pollingEndpoints(repeats: readonly Repeat[]): ReadonlySet<string> {
  const balance = new Map<string, number>();
  for (const repeat of repeats) {
    const place = placeOf(repeat);
    if (repeat.kind === 'polling') balance.set(place, (balance.get(place) ?? 0) + 1);
    if (repeat.kind === 'duplicate') balance.set(place, (balance.get(place) ?? 0) - 1);
  }
  return new Set([...balance].filter(([, votes]) => votes > 0).map(([place]) => place));
}

const placeOf = ({ request, statement }: Repeat) => `${statement.id} ${request.endpoint}`;

/** The repeats of these kinds. */
export function repeatsOf(
  queries: QueriesArtifact,
  kind: RepeatKind,
  thresholds: Partial<RepeatThresholds> = {},
): readonly Repeat[] {
  return tellRepeatsApart(queries, { ...usualThresholds, ...thresholds }).filter((repeat) => repeat.kind === kind);
}

function tellApart(
  repeated: RepeatedStatement,
  statements: readonly Statement[],
  { minDifferent, minEqual }: RepeatThresholds,
): Repeat {
  const { request, statement, executions, distinctParameters } = repeated;
  const varying = varyingPositions(executions);
  const isLoop = distinctParameters >= minDifferent;
  if (statement.kind !== 'select') return { ...repeated, kind: kindOfWrites(repeated, varying, isLoop) };
  if (isPolling(executions, request)) return { ...repeated, kind: 'polling' };
  if (!isLoop) {
    const equal = equalReads(repeated, statements).filter(({ length }) => length >= minEqual);
    if (equal.length > 0) {
      return { ...repeated, executions: equal.flat(), distinctParameters: equal.length, kind: 'duplicate' };
    }
  }
  // Pages of the lists of many keys are a loop over the keys.
  const keys = varying.filter((position) => !boundsPart(statement.normalized, position));
  const byKey = keys.length < varying.length ? groupsBy(executions, keys) : [executions];
  if (byKey.length < minDifferent && byKey.every((pages) => readsPages(statement, pages, varyingPositions(pages)))) {
    return { ...repeated, kind: 'pagination' };
  }
  if (readsBatches(statement, executions, varying)) return { ...repeated, kind: 'batches' };
  return { ...repeated, kind: isLoop ? 'loop' : 'few' };
}

function kindOfWrites(repeated: RepeatedStatement, varying: readonly number[], isLoop: boolean): RepeatKind {
  const { statement, executions } = repeated;
  if (statement.kind === 'unparsable') return 'few';
  if (writesBatches(statement, executions, varying)) return 'batches';
  if (!isLoop) return 'few';
  return refersToItself(executions, varying) ? 'chain' : 'write-loop';
}

/** Whether each row was written with a value that the database made for one before it, such as the id of its parent. */
function refersToItself(executions: readonly Execution[], varying: readonly number[]): boolean {
  const [first, ...later] = [...executions].sort((a, b) => a.startMs - b.startMs);
  if (!first) return false;
  return varying.some((position) => {
    const made = new Set<string>();
    let before = first;
    return later.every((execution) => {
      const bound = new Set(valuesOf(before).map(valueHash));
      for (const { valueHashes } of before.columns)
        for (const hash of valueHashes) if (!bound.has(hash)) made.add(hash);
      before = execution;
      const value = valuesOf(execution)[position] ?? null;
      return value !== null && made.has(valueHash(value));
    });
  });
}

/** The executions that agree in these values. */
function groupsBy(executions: readonly Execution[], positions: readonly number[]): readonly (readonly Execution[])[] {
  const groups = new Map<string, Execution[]>();
  for (const execution of executions) {
    const values = valuesOf(execution);
    const key = JSON.stringify(positions.map((position) => values[position] ?? null));
    const group = groups.get(key);
    if (group) group.push(execution);
    else groups.set(key, [execution]);
  }
  return [...groups.values()];
}

function withExecutions(repeated: RepeatedStatement, executions: readonly Execution[]): RepeatedStatement {
  return { ...repeated, executions, distinctParameters: new Set(executions.map(parametersKey)).size };
}
