import type { ComparedMetric, Comparison } from '../model/comparison.ts';
import { exitCodes } from '../model/failure-table.ts';
import type { Finding } from '../model/finding.ts';
import type { Decision, Run } from '../model/run.ts';
import { figureText, percentText } from './figures.ts';
import { findingsOf } from './match-findings.ts';

/**
 * The exit code of a finished run and one sentence that says why; the table is `docs/exit-codes.md`.
 *
 * A regression or a finding that the gate names comes first. Of an untrusted comparison only errors can have regressed
 * (see `withinTrust`), unless that is overridden, which the sentence then says.
 */
export function decideGate(run: GatedRun): Decision {
  const decision = { ...decide(run), rules: [] };
  if (!run.validity.overridden) return decision;
  return { ...decision, reason: `${decision.reason} (not trusted, overridden by --trust-anyway)` };
}

type GatedRun = Pick<Run, 'scenario' | 'variants' | 'comparison' | 'validity'>;

/** Before the rules are looked at. */
type Conclusion = Pick<Decision, 'exitCode' | 'reason'>;

function decide(run: GatedRun): Conclusion {
  const { comparison, validity } = run;
  const { gate } = run.scenario;
  if (comparison?.verdict === 'REGRESSED') return { exitCode: exitCodes.regressed, reason: regressionText(comparison) };

  const named = findingsAtStake(run).filter(
    (finding) => finding.grade === 'proven' && gate.findings.includes(finding.audit),
  );
  if (named.length > 0) return { exitCode: exitCodes.regressed, reason: findingText(named, comparison !== undefined) };

  const uncertain = uncertainty(comparison, validity);
  if (uncertain !== undefined) {
    return gate.certain
      ? { exitCode: exitCodes.inconclusive, reason: `${uncertain}, and gate.certain is set` }
      : { exitCode: exitCodes.ok, reason: `${uncertain}; gate.certain is not set` };
  }
  return { exitCode: exitCodes.ok, reason: fineText(comparison) };
}

/** With a comparison only what is new can fail the gate; a single state answers for everything that it has. */
function findingsAtStake(run: Pick<Run, 'variants' | 'comparison'>): readonly Finding[] {
  if (run.comparison) return run.comparison.findings.introduced;
  return Object.values(run.variants).flatMap((variant) => Object.values(variant.outcomes).flatMap(findingsOf));
}

function findingText(findings: readonly Finding[], introduced: boolean): string {
  const [first] = findings;
  if (first === undefined) return '';
  const where = first.endpoint ? ` in ${first.endpoint}` : '';
  return `the gate names ${first.audit}, which ${introduced ? 'was introduced' : 'was found'}${where}: ${first.summary}${andMore(findings.length)}`;
}

function uncertainty(comparison: Comparison | undefined, validity: Run['validity']): string | undefined {
  if (!validity.trusted && !validity.overridden) {
    const cause = validity.warnings.find((warning) => warning.level === 'untrusted');
    return `the measurement is not trusted${cause ? ` (${cause.message})` : ''}`;
  }
  if (comparison?.verdict !== 'INCONCLUSIVE') return undefined;
  const unsure = deciding(comparison, 'INCONCLUSIVE').sort((a, b) => b.change * badness(b) - a.change * badness(a));
  const [first] = unsure;
  if (first === undefined) return 'the comparison is inconclusive: an endpoint had too few requests to be judged';
  return `the comparison is inconclusive: ${changeText(first)}${andMore(unsure.length)}`;
}

function regressionText(comparison: Comparison): string {
  const regressed = deciding(comparison, 'REGRESSED').sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
  const [first] = regressed;
  return first ? `${changeText(first)}${andMore(regressed.length)}` : 'the comparison regressed';
}

function fineText(comparison: Comparison | undefined): string {
  if (comparison === undefined) return 'there is nothing to compare with, and no finding that the gate names';
  const improved = deciding(comparison, 'IMPROVED').sort((a, b) => a.change - b.change);
  const [first] = improved;
  if (first) return `nothing regressed; ${changeText(first)}${andMore(improved.length)}`;
  const floor = comparison.floorMs > 0 ? ` and ${figureText(comparison.floorMs, 'ms')}` : '';
  return `no endpoint changed by as much as ${percentText(comparison.margin)}${floor}`;
}

function deciding(comparison: Comparison, verdict: ComparedMetric['verdict']): ComparedMetric[] {
  return comparison.metrics.filter((metric) => metric.gates && metric.verdict === verdict);
}

function badness(metric: ComparedMetric): 1 | -1 {
  return metric.better === 'lower' ? 1 : -1;
}

/** `p95 of GET /orders went from 20.1 ms to 25 ms (+24 %, 90 % interval +12 % to +37 %)`; error rates in points. */
function changeText(metric: ComparedMetric): string {
  const signed = (change: number) => {
    const text = metric.name === 'errors' ? percentText(change).replace(' %', ' points') : percentText(change);
    return change > 0 ? `+${text}` : text.replace('-', '\u2212');
  };
  const [low, high] = metric.interval;
  const values = `from ${figureText(metric.before, metric.unit)} to ${figureText(metric.after, metric.unit)}`;
  const what = metric.name === 'errors' ? 'the error rate' : metric.name;
  return `${what} of ${metric.endpoint} went ${values} (${signed(metric.change)}, 90 % interval ${signed(low)} to ${signed(high)})`;
}

function andMore(count: number): string {
  return count > 1 ? `, and ${count - 1} more` : '';
}
