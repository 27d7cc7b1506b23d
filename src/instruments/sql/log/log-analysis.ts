import type { LogCoverage, QueryLogReport } from '../../../model/query-log.ts';
import type { AssembledStatement } from './assemble-statements.ts';
import { createLoopCollector } from './collect-loops.ts';
import { createLoggedDescriber } from './describe-logged.ts';
import { joinedHash, type TextDigest } from './digest-text.ts';
import type { ValuesDigest } from './digest-values.ts';
import { createErrorTable } from './error-table.ts';
import { createLogLimits } from './log-limits.ts';
import { createLogTimeline } from './log-timeline.ts';
import { parseParameters } from './parse-parameters.ts';
import { ownCopy } from './prefix-reader.ts';
import { createStatementTable } from './statement-table.ts';
import { transactionControl } from './transaction-control.ts';

const maxSessions = 100_000;

/** Statements that differ in their literals only, with what the analysis knows of them, which is looked up once. */
export interface AnalyzedShape {
  /** The first text of it that was seen, with its literals; empty once that was described. */
  text: string;
  known: KnownShape | undefined;
}

type KnownShape = {
  /** Number in the statement table; `undefined` where that is full. */
  readonly id: number | undefined;
  readonly kind: ReturnType<ReturnType<typeof createLoggedDescriber>>['kind'];
  readonly control: 'begin' | 'end' | undefined;
};

type DigestedStatement = AssembledStatement<TextDigest<AnalyzedShape>, ValuesDigest>;

/** What all that was read says; `coverage` and what else the reader knows go into the report. */
export interface LogAnalysis {
  add(statement: DigestedStatement): void;
  readonly statements: number;
  report(source: string, coverage: LogCoverage, notes?: readonly string[]): QueryLogReport;
}

/**
 * Sums a log up and looks for loops in each of its sessions, in memory that does not grow with the log.
 * `loadParser()` must have finished.
 *
 * @param options.examples - keep one text of each statement with its literals and values, which are else left out
 */
export function createLogAnalysis(options: { readonly examples: boolean }): LogAnalysis {
  const describe = createLoggedDescriber();
  const table = createStatementTable(options.examples);
  const loops = createLoopCollector(table);
  const limits = createLogLimits();
  const errors = createErrorTable(table);
  const timeline = createLogTimeline();
  const sessions = new Set<string>();
  const totals = { statements: 0, errors: 0, totalMs: 0 };
  let firstAt = Number.POSITIVE_INFINITY;
  let lastAt = Number.NEGATIVE_INFINITY;

  const know = (shape: AnalyzedShape, values: ValuesDigest | undefined): KnownShape => {
    const description = describe(shape.text);
    const parameters = values?.list === undefined ? undefined : parseParameters(ownCopy(values.list))?.values;
    const id = table.idOf(description, { sql: shape.text, parameters });
    shape.known = { id, kind: description.kind, control: transactionControl(description) };
    shape.text = '';
    return shape.known;
  };

  return {
    add({ who, text, values, durationMs, timestamp, error, plan }) {
      const { id, kind, control } = text.shape.known ?? know(text.shape, values);
      const { session } = who;
      const spentMs = Number.isNaN(durationMs) ? 0 : durationMs;
      totals.statements++;
      totals.totalMs += spentMs;
      if (error !== undefined) totals.errors++;
      if (!Number.isNaN(timestamp)) {
        if (timestamp < firstAt) firstAt = timestamp;
        if (timestamp > lastAt) lastAt = timestamp;
        timeline.add(timestamp, spentMs, error !== undefined);
      }
      if (session !== '' && sessions.size < maxSessions) sessions.add(session);
      limits.add({ text, values, durationMs, timestamp, session, error });
      table.count(id, durationMs, error !== undefined);
      if (id === undefined) return;
      if (plan) table.keepPlan(id, plan);
      if (error !== undefined) errors.add(error, id);
      if (session === '') return;
      const step = {
        id,
        kind,
        values: valuesOf(text, values),
        durationMs: spentMs,
        startAt: timestamp - spentMs,
        endAt: timestamp,
      };
      loops.add(session, step, control);
    },
    get statements() {
      return totals.statements;
    },
    report(source, coverage, notes = []) {
      const found = loops.finish();
      const evicted = {
        statements: table.others.calls,
        errors: errors.evicted,
        ...loops.evicted,
      };
      return {
        source,
        totals: {
          ...totals,
          sessions: sessions.size,
          distinctStatements: table.size,
          ...(firstAt <= lastAt ? { firstAt, lastAt } : {}),
        },
        coverage: { ...coverage, ...(Object.values(evicted).some((count) => count > 0) ? { evicted } : {}) },
        warnings: [
          ...notes,
          ...limits.warnings(),
          ...(sessions.size === maxSessions ? [`there are more than ${maxSessions} sessions`] : []),
        ],
        statements: table.totals(),
        ...(table.others.calls > 0 ? { other: { ...table.others } } : {}),
        ...found,
        errors: errors.list(),
        ...timeline.result(),
      };
    },
  };
}

/** Literals are values too, so the text belongs to them; `undefined` where a value is missing or was cut. */
function valuesOf(text: TextDigest<unknown>, values: ValuesDigest | undefined): number | undefined {
  if (text.cut || values?.cut || (!values && text.hasPlaceholders)) return undefined;
  return values ? joinedHash(text.identity, values.hash) : text.identity;
}
