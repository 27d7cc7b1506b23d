import type { Run } from '../model/run.ts';
import type { StatementSummary } from '../model/statement-summary.ts';
import { formatCount, formatShare, plural } from './format.ts';

/** Sources as readers know them. */
const sourceNames: Readonly<Record<StatementSummary['source'], string>> = {
  'wire-tap': 'a tap between service and database',
  'server-log': 'the log of the server',
  pg_stat_statements: 'pg_stat_statements (how often, without values, results and order)',
};

/**
 * Where the statements of each variant come from and how much of them was seen, a sentence each; why there are none,
 * where there are none.
 */
export function coverageSentences({ variants }: Pick<Run, 'variants'>): readonly string[] {
  const entries = Object.entries(variants).map(([name, { statements, artifacts }]) => ({
    name,
    text: statements
      ? coverageSentence(statements)
      : artifacts.queries.status === 'missing'
        ? `no statements: ${artifacts.queries.reason}`
        : undefined,
  }));
  const known = entries.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }]));
  const isOne = known.every(({ text }) => text === known[0]?.text);
  return isOne ? known.slice(0, 1).map(({ text }) => text) : known.map(({ name, text }) => `${name}: ${text}`);
}

function coverageSentence(summary: StatementSummary): string {
  const { source, requests, executions, unattributed, unreadable = 0, sampledShare, placed } = summary;
  const attributed = executions - unattributed;
  return [
    `${plural(executions, 'statement')} in ${plural(requests, 'traced request')} from ${sourceNames[source]}`,
    unattributed === 0 || executions === 0
      ? 'all attributed'
      : `${formatShare(attributed / executions)} attributed, ${formatCount(unattributed)} between requests or of others`,
    ...(summary.attribution === 'traceparent' ? ['by traceparent'] : []),
    sampledShare === undefined ? 'not sampled' : `only a sample of ${formatShare(sampledShare)} is logged`,
    ...(unreadable > 0 ? [`${plural(unreadable, 'connection')} could not be read`] : []),
    ...placedTexts(placed, attributed),
    ...underLoadTexts(summary),
  ].join('; ');
}

function placedTexts(placed: number | undefined, attributed: number): readonly string[] {
  if (placed === undefined || attributed === 0) return [];
  return [placed === 0 ? 'lines of code not known' : `line of code known of ${formatShare(placed / attributed)}`];
}

function underLoadTexts({ underLoad = [] }: StatementSummary): readonly string[] {
  return underLoad.map(
    ({ flow, calls, traced }) => `${flow} under load: ${calls.toFixed(1)} a request, traced ${traced.toFixed(1)}`,
  );
}
