import type { LogCoverage, LoggedStatement, QueryLog, QueryLogReport } from '../../../model/query-log.ts';
import { loadParser } from '../statement.ts';
import { createTextDigester, hashOf } from './digest-text.ts';
import { type AnalyzedShape, createLogAnalysis } from './log-analysis.ts';

const nothingRead: LogCoverage = {
  ...{ formats: [], bytes: 0, lines: 0, unrecognisedLines: 0, damagedRecords: 0, cutRecords: 0 },
};

/**
 * Sums up statements that were read before, from whatever source, and looks for loops in each of their sessions.
 *
 * @param source - how the report names the log
 * @param options.examples - keep one text of each statement with its literals and values, which are else left out
 */
export async function analyzeQueryLog(
  statements: AsyncIterable<LoggedStatement> & Partial<Pick<QueryLog, 'coverage'>>,
  source: string,
  options: { readonly examples?: boolean } = {},
): Promise<QueryLogReport> {
  await loadParser();
  const { examples = false } = options;
  const analysis = createLogAnalysis({ examples });
  const digestText = createTextDigester<AnalyzedShape>((text) => ({ text, known: undefined }));
  for await (const statement of statements) {
    const { sql, parameters, cutParameters, session, error, cut } = statement;
    const { durationMs = Number.NaN, timestamp = Number.NaN } = statement;
    const plan = statement.plan === undefined ? undefined : { text: statement.plan, durationMs };
    const values = parameters && {
      hash: hashOf(JSON.stringify(parameters)),
      cut: cutParameters !== undefined,
      size: 0,
      list: examples ? listOf(parameters) : undefined,
    };
    analysis.add({ who: { session }, text: digestText(sql, cut === true), values, durationMs, timestamp, error, plan });
  }
  return analysis.report(source, statements.coverage?.() ?? nothingRead);
}

/** As the server writes it. */
function listOf(parameters: readonly (string | null)[]): string {
  const shown = parameters.map((value, index) => {
    return `$${index + 1} = ${value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`}`;
  });
  return `Parameters: ${shown.join(', ')}`;
}
