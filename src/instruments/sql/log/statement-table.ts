import type { LoggedStatementText, StatementTotals } from '../../../model/query-log.ts';
import type { StatementDescription } from '../statement.ts';
import type { LoggedPlanText } from './assemble-statements.ts';
import { createDurationSketch, type DurationSketch } from './duration-sketch.ts';
import { planWithoutLiterals } from './plan-literals.ts';
import { ownCopy } from './prefix-reader.ts';

/** Fingerprints that are kept: more come from generated texts, each of which ran a few times only. */
const maxStatements = 5_000;

/** Longest text that a report shows. */
const maxShownLength = 20_000;

/** One execution with its literals and values. */
interface StatementExample {
  readonly sql: string;
  readonly parameters: readonly (string | null)[] | undefined;
}

interface Row {
  readonly text: LoggedStatementText;
  readonly durations: DurationSketch;
  calls: number;
  errors: number;
  timedCalls: number;
  totalMs: number;
  minMs: number;
  maxMs: number;
  plan: LoggedPlanText | undefined;
}

/** Totals by statement; a statement is known by its number, its row. */
export interface StatementTable {
  /** The number of a statement; `undefined` where the table is full, and its executions are among the others. */
  idOf(description: StatementDescription, example: StatementExample): number | undefined;
  /** Counts one execution; the duration is NaN where none was logged. */
  count(id: number | undefined, durationMs: number, failed: boolean): void;
  /** Keeps the plan of the slowest execution whose plan was logged. */
  keepPlan(id: number, plan: LoggedPlanText): void;
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

  return {
    idOf(description, example) {
      const known = ids.get(description.fingerprint);
      if (known !== undefined || rows.length === maxStatements) return known;
      ids.set(description.fingerprint, rows.length);
      rows.push({
        text: {
          ...description,
          normalized: shortened(description.normalized),
          ...(examples ? exampleOf(example) : {}),
        },
        durations: createDurationSketch(),
        ...{
          calls: 0,
          errors: 0,
          timedCalls: 0,
          totalMs: 0,
          minMs: Number.POSITIVE_INFINITY,
          maxMs: 0,
          plan: undefined,
        },
      });
      return rows.length - 1;
    },
    count(id, durationMs, failed) {
      const row = id === undefined ? undefined : rows[id];
      if (!row) {
        others.calls++;
        others.totalMs += Number.isNaN(durationMs) ? 0 : durationMs;
        return;
      }
      row.calls++;
      if (failed) row.errors++;
      if (Number.isNaN(durationMs)) return;
      row.timedCalls++;
      row.totalMs += durationMs;
      if (durationMs < row.minMs) row.minMs = durationMs;
      if (durationMs > row.maxMs) row.maxMs = durationMs;
      row.durations.add(durationMs);
    },
    keepPlan(id, { text, durationMs }) {
      const row = rows[id];
      if (!row || (row.plan && row.plan.durationMs >= durationMs)) return;
      row.plan = { text: ownCopy(shortened(examples ? text : planWithoutLiterals(text))), durationMs };
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
  const { text, calls, errors, timedCalls, totalMs, minMs, maxMs, plan } = row;
  const p95Ms = row.durations.quantile(0.95);
  return {
    statement: text,
    ...{ calls, errors, timedCalls, totalMs },
    share: allMs === 0 ? 0 : totalMs / allMs,
    // A sketch may answer outside of what was measured, by its 2 %.
    ...(p95Ms === undefined
      ? {}
      : { meanMs: totalMs / timedCalls, p95Ms: Math.max(minMs, Math.min(p95Ms, maxMs)), maxMs }),
    ...(plan ? { plan } : {}),
  };
}

function exampleOf({ sql, parameters }: StatementExample): Pick<LoggedStatementText, 'example' | 'exampleParameters'> {
  const example = shortened(sql);
  if (!parameters) return { example };
  return { example, exampleParameters: parameters.map((value) => (value === null ? null : shortened(value))) };
}

function shortened(text: string): string {
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength)} …` : text;
}
