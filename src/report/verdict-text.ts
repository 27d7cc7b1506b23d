import {
  alpha,
  type ComparedMetric,
  type Comparison,
  type ComparisonDesign,
  type Verdict,
} from '../model/comparison.ts';
import type { Gate } from '../model/gate.ts';
import type { Run } from '../model/run.ts';
import { auditResults } from './audit-results.ts';
import { type EndpointRow, endpointRows } from './endpoint-rows.ts';
import { findingSections, savingOf } from './finding-sections.ts';
import {
  formatComparedChange,
  formatComparedInterval,
  formatMetric,
  formatMs,
  formatPoints,
  formatRate,
  formatShare,
  plural,
} from './format.ts';

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
  if (run.comparison.verdict === 'INCONCLUSIVE' && isDistrusted(run)) return distrustedSentence(run);
  const rows = endpointRows(run);
  const deciding = rows
    .flatMap((row) => gatingMetrics(row))
    .filter(({ verdict }) => verdict === run.comparison?.verdict);
  const lead = deciding.toSorted((a, b) => Math.abs(Math.log1p(b.change)) - Math.abs(Math.log1p(a.change)))[0];
  if (!lead) return withoutLead(run, run.comparison, rows);
  switch (run.comparison.verdict) {
    case 'OK':
      return `${latencyName(run) ?? 'The latency'} of ${everyEndpoint(rows.length)} stayed within ${marginText(run.comparison)}.`;
    case 'INCONCLUSIVE':
      return `${lead.name} of ${lead.endpoint} changed by ${unsure(lead, run.comparison, run.scenario.gate)}.`;
    case 'IMPROVED':
    case 'REGRESSED':
      return `${moved(lead)}${others(rows, lead, run.comparison)}.`;
  }
}

/** Whether the verdict is withheld because the measurement is not trusted. */
function isDistrusted({ validity }: Run): boolean {
  return !validity.trusted && !validity.overridden;
}

function distrustedSentence({ validity }: Run): string {
  const reasons = validity.warnings.filter(({ level }) => level === 'untrusted');
  const [first] = reasons;
  if (!first) return 'No change of a latency can be told, since the measurement is not trusted.';
  const more = reasons.length === 1 ? '' : `, and ${reasons.length - 1} more`;
  return `No change of a latency can be told: ${first.message}${more}.`;
}

/** Beside the verdict of an untrusted measurement; `where` names the place of the reasons. */
export function doubtSentence({ validity }: Run, where: string): string | undefined {
  if (validity.trusted) return undefined;
  return `The measurement is not to be trusted; ${where}.${validity.overridden ? ' The verdict stands because --trust-anyway was given.' : ''}`;
}

/** Why a change cannot be told: it may be noise, it may be chance, or it is sure, but not whether it matters. */
function unsure(metric: ComparedMetric, comparison: Comparison, gate: Gate): string {
  const { name, interval, p, resolution } = metric;
  const isErrors = name === 'errors';
  if (interval[0] <= 0 && interval[1] >= 0) {
    const least = isErrors ? formatPoints(resolution) : `±${formatShare(resolution)}`;
    return `${formatComparedChange(metric)}, which these rounds cannot tell from noise: they resolve changes from ${least} on`;
  }
  const change = formatComparedInterval(metric);
  if (p > alpha) return `${change}, and chance alone might do as much (p = ${p.toPrecision(2)})`;
  const limit = isErrors ? formatPoints(gate.errors) : marginText(comparison);
  return `${change}, and these rounds cannot tell whether that is more than ${limit}`;
}

/** The latency that decides; `undefined` where not all endpoints could be judged on the same one. */
function latencyName({ comparison, scenario }: Run): string | undefined {
  const deciding = comparison?.metrics.filter(({ gates, name }) => gates && name !== 'errors') ?? [];
  const names = new Set(deciding.map(({ name }) => name));
  const [only = scenario.gate.metric] = names;
  return names.size > 1 ? undefined : only;
}

const gatingMetrics = (row: EndpointRow): readonly ComparedMetric[] =>
  (row.status === 'compared' ? [row.metric, ...row.notable] : row.notable).filter(({ gates }) => gates);

/** What the worst of the metrics that decide says about an endpoint. */
function verdictOfRow(row: EndpointRow): Verdict | 'n/a' {
  const verdicts = new Set(gatingMetrics(row).map(({ verdict }) => verdict));
  if (verdicts.has('REGRESSED')) return 'REGRESSED';
  if (row.status === 'unavailable') return 'n/a';
  if (verdicts.has('INCONCLUSIVE')) return 'INCONCLUSIVE';
  return verdicts.has('IMPROVED') ? 'IMPROVED' : 'OK';
}

function moved(metric: ComparedMetric): string {
  const { name, endpoint, unit, before, after, change } = metric;
  const direction = change > 0 ? 'rose' : 'fell';
  return `${name} of ${endpoint} ${direction} from ${formatMetric(before, unit)} to ${formatMetric(after, unit)} (${formatComparedChange(metric)})`;
}

function others(rows: readonly EndpointRow[], lead: ComparedMetric, comparison: Comparison): string {
  const rest = rows.filter(({ endpoint }) => endpoint !== lead.endpoint);
  if (rest.length === 0) return '';
  const counts = { REGRESSED: 0, IMPROVED: 0, OK: 0, INCONCLUSIVE: 0, 'n/a': 0 };
  for (const row of rest) counts[verdictOfRow(row)]++;
  const within = `stayed within ${marginText(comparison)}`;
  const said = {
    REGRESSED: 'regressed',
    IMPROVED: 'improved',
    OK: within,
    INCONCLUSIVE: 'cannot be told',
    'n/a': 'had too few requests',
  };
  const parts = (['REGRESSED', 'IMPROVED', 'OK', 'INCONCLUSIVE', 'n/a'] as const).filter(
    (verdict) => counts[verdict] > 0,
  );
  const [only] = parts;
  if (only && parts.length === 1) {
    return `; ${rest.length === 1 ? 'the other endpoint' : `the other ${rest.length} endpoints`} ${said[only]}`;
  }
  return `; of the other ${rest.length} endpoints, ${parts.map((verdict) => `${counts[verdict]} ${said[verdict]}`).join(', ')}`;
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

/** How before and after shared the time of the machine, as a clause; nothing for a diagnosis. */
export function designSentence({ comparison }: Run): string | undefined {
  if (!comparison) return undefined;
  const clauses = {
    sliced: 'before and after took turns in short slices, so that what disturbs the machine disturbs both',
    blocks: 'before and after were up one after the other in each round, in random order',
    separate: 'before and after are runs of their own',
  } as const satisfies Record<ComparisonDesign, string>;
  return clauses[comparison.design];
}

/** What the measurement could have told, whatever it told; nothing for a diagnosis. */
export function resolutionSentence(run: Run): string | undefined {
  const { comparison } = run;
  if (!comparison) return undefined;
  const margin = `the margin is ${marginText(comparison)}`;
  if (comparison.resolution === null) return `nothing: no latency could be compared; ${margin}`;
  const rounds = Math.max(0, ...comparison.metrics.filter(({ gates }) => gates).map((metric) => metric.rounds));
  return `changes of ${latencyName(run) ?? 'the latency'} from ±${formatShare(comparison.resolution)} on, in ${plural(rounds, 'round')}; ${margin}`;
}

/** Where nothing was found, that some did not look is no detail. */
export function nothingFound(run: Run): string {
  const blind = new Set(
    auditResults(run).withoutResult.flatMap(({ ids, status }) => (status === 'inconclusive' ? [] : ids)),
  );
  return blind.size === 0
    ? 'No audit found anything.'
    : `No audit found anything; ${plural(blind.size, 'audit')} could not look.`;
}

function diagnosisSentence(run: Run): string {
  const findings = findingSections(run).flatMap((section) => section.findings);
  const first = findings[0];
  if (!first) return nothingFound(run);
  const count = findings.length === 1 ? 'One finding' : `${findings.length} findings`;
  const saving = savingOf(first);
  if (saving === undefined) return `${count}.`;
  const where = first.endpoint === undefined ? '' : ` of ${first.endpoint}`;
  return findings.length === 1
    ? `One finding: mending it would save ${formatMs(saving)} of each request${where}.`
    : `${count}; the dearest costs ${formatMs(saving)} of each request${where}.`;
}
