import type { ComparedMetric, Comparison, MetricName } from '../model/comparison.ts';
import type { LoadedRun, Run } from '../model/run.ts';
import { type EndpointRow, endpointRows } from './endpoint-rows.ts';
import { findingSections, findingTitle, savingOf } from './finding-sections.ts';
import { formatComparedChange, formatMetric, formatMs, plural } from './format.ts';
import { loadText } from './load-text.ts';
import { marginText } from './verdict-text.ts';

/** What a run means, one sentence each, for somebody who knows none of the terms. */
export interface PlainSummary {
  readonly compared: string;
  readonly outcome: string;
  readonly found: string;
  readonly next: string;
}

export function plainSummary(loaded: LoadedRun): PlainSummary {
  const { run } = loaded;
  return {
    compared: whatWasCompared(loaded),
    outcome: run.comparison ? outcomeOf(run, run.comparison) : diagnosisOutcome(run),
    found: whatWasFound(run),
    next: whatToDo(run),
  };
}

const turns: Readonly<Record<Comparison['design'], string>> = {
  sliced: 'in turns on the same machine',
  blocks: 'one after the other on the same machine',
  separate: 'in two separate runs',
};

function whatWasCompared({ run, gathered }: LoadedRun): string {
  const { comparison, scenario } = run;
  const { endpoints } = scenario;
  const [only] = endpoints;
  const isOne = only !== undefined && endpoints.length === 1;
  const kinds = `${plural(endpoints.length, 'kind')} of request`;
  const load = Object.values(gathered).flatMap((artifacts) =>
    artifacts.load.status === 'gathered' ? [artifacts.load.value] : [],
  )[0];
  const hard = load === undefined ? '' : ` (${loadText(load)})`;
  if (!comparison)
    return `The service ${scenario.name} was put under load with ${isOne ? `requests for ${only}` : kinds}${hard}, and watched.`;
  const { before, after, design } = comparison;
  return `Two versions of ${scenario.name}, “${before}” and “${after}”, were asked ${isOne ? `for ${only}` : `the same ${kinds}`}${hard}, ${turns[design]}.`;
}

/** What a latency metric says in words: `95 of 100 answers took at most 84 ms`. */
const reach: Readonly<Partial<Record<MetricName, string>>> = {
  p50: 'half of the answers took at most',
  p90: '90 of 100 answers took at most',
  p95: '95 of 100 answers took at most',
  p99: '99 of 100 answers took at most',
};

function inWords({ name, unit, before, after, endpoint }: ComparedMetric, comparison: Comparison): string {
  const times = `${formatMetric(before, unit)} with “${comparison.before}” and ${formatMetric(after, unit)} with “${comparison.after}”`;
  if (name === 'errors') return `of ${endpoint}, ${times} of the requests failed`;
  return `of ${endpoint}, ${reach[name] ?? `${name} was`} ${times}`;
}

const decisive = (row: EndpointRow): readonly ComparedMetric[] =>
  (row.status === 'compared' ? [row.metric, ...row.notable] : row.notable).filter(({ gates }) => gates);

function outcomeOf(run: Run, comparison: Comparison): string {
  const { verdict, after } = comparison;
  const moved = endpointRows(run)
    .flatMap(decisive)
    .filter((metric) => metric.verdict === verdict)
    .toSorted((a, b) => Math.abs(Math.log1p(b.change)) - Math.abs(Math.log1p(a.change)));
  const [most] = moved;
  const more = moved.length > 1 ? ` (and ${moved.length - 1} more changed the same way)` : '';
  const example = most ? `: ${inWords(most, comparison)}${more}` : '';
  switch (verdict) {
    case 'IMPROVED':
      return `With “${after}” the service is faster${example}.`;
    case 'REGRESSED':
      return most?.name === 'errors'
        ? `With “${after}” more requests fail${example}.`
        : `With “${after}” the service is slower${example}.`;
    case 'OK':
      return `The service is as fast with “${after}” as it was: no change is larger than what was agreed not to matter (${marginText(comparison)}).`;
    case 'INCONCLUSIVE':
      if (!run.validity.trusted && !run.validity.overridden)
        return `Whether “${after}” made it faster or slower cannot be told: something disturbed the measurement.`;
      return `Whether “${after}” made it faster or slower cannot be told from this measurement${most ? `; the largest difference seen, ${formatComparedChange(most)} for ${most.endpoint}, may be chance` : ''}.`;
  }
}

function diagnosisOutcome(run: Run): string {
  const values = Object.values(run.variants).flatMap(({ metrics }) =>
    metrics.filter(({ name, value }) => name === run.scenario.gate.metric && value !== null),
  );
  const [slowest] = values.toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0));
  if (!slowest) return 'There were too few requests to say how fast it answers.';
  return `The slowest was ${slowest.endpoint}: ${reach[slowest.name] ?? `${slowest.name} was`} ${formatMetric(slowest.value, slowest.unit)}.`;
}

function whatWasFound(run: Run): string {
  const sections = findingSections(run);
  const count = (kind: string) =>
    sections.filter((section) => section.kind === kind).reduce((sum, { findings }) => sum + findings.length, 0);
  const open = count('introduced') + count('remaining') + count('found');
  if (open + count('fixed') === 0)
    return 'Nothing was found in the code or the database that slows it down needlessly.';
  const parts = [
    count('fixed') > 0 ? `${count('fixed')} gone` : '',
    count('introduced') > 0 ? `${count('introduced')} new` : '',
    count('remaining') > 0 ? `${count('remaining')} still there` : '',
  ].filter(Boolean);
  const fate = parts.length === 0 ? '' : `: ${parts.join(', ')}`;
  return `${plural(open + count('fixed'), 'cause')} of needless work ${open + count('fixed') === 1 ? 'was' : 'were'} found${fate}.`;
}

function whatToDo(run: Run): string {
  const { comparison, validity } = run;
  if (!validity.trusted && !validity.overridden)
    return 'Next: measure again where the machine is quiet, since this measurement cannot be trusted.';
  if (comparison?.verdict === 'REGRESSED') {
    const [cause] = comparison.causes;
    return `Next: do not keep “${comparison.after}” as it is${cause ? `; the most likely cause is: ${cause.summary}` : ''}.`;
  }
  if (comparison?.verdict === 'INCONCLUSIVE') {
    return comparison.roundsNeeded === undefined
      ? 'Next: measure again on a quieter machine, or with more requests.'
      : `Next: measure again with ${comparison.roundsNeeded} rounds, which would probably tell.`;
  }
  const keep = comparison ? `“${comparison.after}” can be kept` : '';
  const [dearest] = findingSections(run)
    .filter(({ kind }) => kind !== 'fixed')
    .flatMap(({ findings }) => findings)
    .toSorted((a, b) => (savingOf(b) ?? 0) - (savingOf(a) ?? 0));
  if (!dearest) return comparison ? `Next: nothing has to be done; ${keep}.` : 'Next: nothing has to be done.';
  const saving = savingOf(dearest);
  const worth = saving === undefined ? '' : `, which would save ${formatMs(saving)} of each request`;
  const where = dearest.endpoint === undefined ? '' : ` of ${dearest.endpoint}`;
  return `Next: ${keep === '' ? '' : `${keep}; then `}mend “${findingTitle(run, dearest)}”${where}${worth}.`;
}
