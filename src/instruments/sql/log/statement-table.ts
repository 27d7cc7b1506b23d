import type { LoggedStatement, LoggedStatementText, StatementTotals } from '../../../model/query-log.ts';
import type { StatementDescription } from '../statement.ts';
import { createDurationSketch, type DurationSketch } from './duration-sketch.ts';

/** Fingerprints that are kept: more come from generated texts, each of which ran a few times only. */
const maxStatements = 5_000;

/** Longest text that a report shows. */
const maxShownLength = 20_000;

interface Row {
  readonly text: LoggedStatementText;
  readonly durations: DurationSketch;
  calls: number;
  errors: number;
  timedCalls: number;
  totalMs: number;
  maxMs: number;
}

/** Totals by statement; a statement is known by its number, its row. */
export interface StatementTable {
  /** Counts one execution; `undefined` where the table is full, and the execution is among the others. */
  count(statement: LoggedStatement, description: StatementDescription): number | undefined;
  textOf(id: number): LoggedStatementText;
  readonly size: number;
  readonly others: { readonly calls: number; readonly totalMs: number };
  /** Longest total first; `share` is of all, the others included. */
  totals(): readonly StatementTotals[];
}

/** An empty table. @param examples - whether texts keep one example with its literals and values */
export function createStatementTable(examples: boolean): StatementTable {
  const rows: Row[] = [];
  const ids = new Map<string, number>();
  const others = { calls: 0, totalMs: 0 };

  const idOf = (statement: LoggedStatement, description: StatementDescription): number | undefined => {
    const known = ids.get(description.fingerprint);
    if (known !== undefined || rows.length === maxStatements) return known;
    ids.set(description.fingerprint, rows.length);
    rows.push({
      text: {
        ...description,
        normalized: shortened(description.normalized),
        ...(examples ? exampleOf(statement) : {}),
      },
      durations: createDurationSketch(),
      ...{ calls: 0, errors: 0, timedCalls: 0, totalMs: 0, maxMs: 0 },
    });
    return rows.length - 1;
  };

  return {
    count(statement, description) {
      const id = idOf(statement, description);
      const row = id === undefined ? undefined : rows[id];
      const durationMs = statement.durationMs ?? 0;
      if (!row) {
        others.calls++;
        others.totalMs += durationMs;
        return undefined;
      }
      row.calls++;
      if (statement.error !== undefined) row.errors++;
      if (statement.durationMs !== undefined) {
        row.timedCalls++;
        row.totalMs += durationMs;
        row.maxMs = Math.max(row.maxMs, durationMs);
        row.durations.add(durationMs);
      }
      return id;
    },
    textOf(id) {
      const row = rows[id];
      if (!row) throw new RangeError(`there is no statement ${id}`);
      return row.text;
    },
    get size() {
      return rows.length;
    },
    others,
    totals() {
      const allMs = rows.reduce((sum, row) => sum + row.totalMs, others.totalMs);
      return rows.map((row) => totalsOf(row, allMs)).sort((a, b) => b.totalMs - a.totalMs || b.calls - a.calls);
    },
  };
}

function totalsOf(row: Row, allMs: number): StatementTotals {
  const { text, calls, errors, timedCalls, totalMs, maxMs } = row;
  const p95Ms = row.durations.quantile(0.95);
  return {
    statement: text,
    ...{ calls, errors, timedCalls, totalMs },
    share: allMs === 0 ? 0 : totalMs / allMs,
    // A sketch may answer above the largest value, by its 2 %.
    ...(p95Ms === undefined ? {} : { meanMs: totalMs / timedCalls, p95Ms: Math.min(p95Ms, maxMs), maxMs }),
  };
}

function exampleOf({ sql, parameters }: LoggedStatement): Pick<LoggedStatementText, 'example' | 'exampleParameters'> {
  const example = shortened(sql);
  if (!parameters) return { example };
  return { example, exampleParameters: parameters.map((value) => (value === null ? null : shortened(value))) };
}

function shortened(text: string): string {
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength)} …` : text;
}
