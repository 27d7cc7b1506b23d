import type { ComparedMetric, Comparison, Verdict } from '../model/comparison.ts';
import type { Run } from '../model/run.ts';
import { type EndpointRow, endpointRows } from './endpoint-rows.ts';
import { findingSections } from './finding-sections.ts';
import { formatComparedChange, formatMetric, formatMs, formatRate, formatShare, plural } from './format.ts';

/** What counts as no change: `±10 %`, or `±10 % or 1 ms` where small times have a floor. */
export function marginText({ margin, floorMs }: Pick<Comparison, 'margin' | 'floorMs'>): string {
  return `±${formatShare(margin)}${floorMs > 0 ? ` or ${formatRate(floorMs)} ms` : ''}`;
}

/** A sign beside the colour, so that a verdict can be told without seeing colours; latency that falls points down. */
export const verdictSigns: Readonly<Record<Verdict, string>> = {
  REGRESSED: '▲',
  IMPROVED: '▼',
  OK: '●',
  INCONCLUSIVE: '?',
};

/** One or two plain sentences that say what came out, with the figures of the endpoint that moved most. */
export function verdictSentence(run: Run): string {
  if (!run.comparison) return diagnosisSentence(run);
  const rows = endpointRows(run);
  const deciding = rows
    .flatMap((row) => gatingMetrics(row))
    .filter(({ verdict }) => verdict === run.comparison?.verdict);
  const lead = deciding.toSorted((a, b) => Math.abs(Math.log1p(b.change)) - Math.abs(Math.log1p(a.change)))[0];
  if (!lead) return withoutLead(run, run.comparison, rows);
  switch (run.comparison.verdict) {
    case 'OK':
      return `${run.scenario.gate.metric} of ${everyEndpoint(rows.length)} stayed within ${marginText(run.comparison)}.`;
    case 'INCONCLUSIVE':
      return `${lead.name} of ${lead.endpoint} changed by ${formatComparedChange(lead)}, which these rounds cannot tell from noise: they resolve changes from ±${formatShare(lead.resolution)} on.`;
    case 'IMPROVED':
    case 'REGRESSED':
      return `${moved(lead)}${others(rows, lead, run.comparison)}.`;
  }
}

const gatingMetrics = (row: EndpointRow): readonly ComparedMetric[] =>
  row.status === 'compared' ? [row.metric, ...row.notable] : row.notable;

function moved(metric: ComparedMetric): string {
  const { name, endpoint, unit, before, after } = metric;
  const direction = after > before ? 'rose' : 'fell';
  return `${name} of ${endpoint} ${direction} from ${formatMetric(before, unit)} to ${formatMetric(after, unit)} (${formatComparedChange(metric)})`;
}

function others(rows: readonly EndpointRow[], lead: ComparedMetric, comparison: Comparison): string {
  const rest = rows.filter(({ endpoint }) => endpoint !== lead.endpoint);
  if (rest.length === 0) return '';
  const counts = { REGRESSED: 0, IMPROVED: 0, OK: 0, INCONCLUSIVE: 0, 'n/a': 0 };
  for (const row of rest) counts[row.status === 'compared' ? row.metric.verdict : 'n/a']++;
  if (counts.OK === rest.length) {
    const which = rest.length === 1 ? 'the other endpoint' : `the other ${rest.length} endpoints`;
    return `; ${which} stayed within ${marginText(comparison)}`;
  }
  const parts = [
    counts.REGRESSED > 0 ? `${counts.REGRESSED} regressed` : '',
    counts.IMPROVED > 0 ? `${counts.IMPROVED} improved` : '',
    counts.OK > 0 ? `${counts.OK} stayed within ${marginText(comparison)}` : '',
    counts.INCONCLUSIVE > 0 ? `${counts.INCONCLUSIVE} cannot be told` : '',
    counts['n/a'] > 0 ? `${counts['n/a']} had too few requests` : '',
  ].filter(Boolean);
  return `; of the other ${plural(rest.length, 'endpoint')}, ${parts.join(', ')}`;
}

const everyEndpoint = (count: number) => (count === 1 ? 'the endpoint' : `all ${count} endpoints`);

/** No metric has the verdict of the whole: it is that of the endpoints which could not be judged. */
function withoutLead(run: Run, { verdict }: Comparison, rows: readonly EndpointRow[]): string {
  const unjudged = rows.filter(({ status }) => status === 'unavailable');
  const [first] = unjudged;
  if (!first) return `The verdict over ${everyEndpoint(rows.length)} is ${verdict}.`;
  if (unjudged.length === rows.length) {
    return `No endpoint had enough requests in a round for its ${run.scenario.gate.metric}.`;
  }
  const more = unjudged.length === 1 ? '' : ` and ${unjudged.length - 1} more`;
  return `${first.endpoint}${more} could not be judged: ${first.note}.`;
}

/** What the measurement could have told, whatever it told; nothing for a diagnosis. */
export function resolutionSentence({ comparison, scenario }: Run): string | undefined {
  if (!comparison) return undefined;
  const margin = `the margin is ${marginText(comparison)}`;
  if (comparison.resolution === null) return `nothing: no latency could be compared; ${margin}`;
  const rounds = Math.max(0, ...comparison.metrics.filter(({ gates }) => gates).map((metric) => metric.rounds));
  return `changes of ${scenario.gate.metric} from ±${formatShare(comparison.resolution)} on, in ${plural(rounds, 'round')}; ${margin}`;
}

function diagnosisSentence(run: Run): string {
  const findings = findingSections(run).flatMap((section) => section.findings);
  const first = findings[0];
  if (!first) return 'No audit found anything.';
  const count = findings.length === 1 ? 'One finding' : `${findings.length} findings`;
  if (first.savingMs === undefined) return `${count}.`;
  const where = first.endpoint === undefined ? '' : ` of ${first.endpoint}`;
  return findings.length === 1
    ? `One finding: mending it would save ${formatMs(first.savingMs)} of each request${where}.`
    : `${count}; the dearest costs ${formatMs(first.savingMs)} of each request${where}.`;
}
