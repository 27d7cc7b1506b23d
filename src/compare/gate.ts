import type { ComparedMetric, Comparison } from '../model/comparison.ts';
import { exitCodes } from '../model/exit-codes.ts';
import type { Decision, RuleResult, Run } from '../model/run.ts';
import { andMore, changeText } from './change-text.ts';
import { figureText, percentText } from './figures.ts';
import { findingReason, notJudgedReason } from './gate-findings.ts';
import { judgeRules } from './gate-rules.ts';
import type { GatheredByVariant } from './queries-per-request.ts';

/**
 * The exit code of a finished run, one sentence that says why, and what came of the gate's rules; the table is
 * `docs/exit-codes.md`.
 *
 * A regression, a broken rule or a finding that the gate names comes first, in this order. Of an untrusted comparison
 * only errors can have regressed (see `withinTrust`), unless that is overridden, which the sentence then says.
 *
 * @param gathered - what rules about statements are judged by
 */
export function decideGate(run: GatedRun, gathered: GatheredByVariant = {}): Decision {
  const rules = judgeRules(run, gathered);
  const decision = { ...decide(run, rules), rules };
  if (!run.validity.overridden) return decision;
  return { ...decision, reason: `${decision.reason} (not trusted, overridden by --trust-anyway)` };
}

type GatedRun = Pick<Run, 'scenario' | 'variants' | 'comparison' | 'validity'>;

function decide(run: GatedRun, rules: readonly RuleResult[]): Pick<Decision, 'exitCode' | 'reason'> {
  const { comparison } = run;
  const failed =
    comparison?.verdict === 'REGRESSED' ? regressionText(comparison) : (brokenText(rules) ?? findingReason(run));
  if (failed !== undefined) return { exitCode: exitCodes.regressed, reason: failed };
  const notJudged = notJudgedReason(run);
  if (notJudged !== undefined) return { exitCode: exitCodes.inconclusive, reason: notJudged };

  const uncertain = uncertainty(comparison, run.validity) ?? untoldText(rules);
  if (uncertain !== undefined) {
    return run.scenario.gate.certain
      ? { exitCode: exitCodes.inconclusive, reason: `${uncertain}, and gate.certain is set` }
      : { exitCode: exitCodes.ok, reason: `${uncertain}; gate.certain is not set` };
  }
  const kept =
    rules.length === 0
      ? ''
      : `, and ${rules.length === 1 ? 'the rule' : `all ${rules.length} rules`} of the gate hold${rules.length === 1 ? 's' : ''}`;
  return { exitCode: exitCodes.ok, reason: fineText(comparison) + kept };
}

function brokenText(rules: readonly RuleResult[]): string | undefined {
  const broken = rules.filter(({ status }) => status === 'broken');
  const [first] = broken;
  return first && `the gate requires "${first.rule}", but ${first.summary}${moreRules(broken.length)}`;
}

function untoldText(rules: readonly RuleResult[]): string | undefined {
  const untold = rules.filter(({ status }) => status === 'unsure' || status === 'unknown');
  const [first] = untold;
  return first && `whether "${first.rule}" holds cannot be told: ${first.summary}${moreRules(untold.length)}`;
}

function moreRules(count: number): string {
  return count > 1 ? `; and ${count - 1} more ${count === 2 ? 'rule' : 'rules'}` : '';
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
