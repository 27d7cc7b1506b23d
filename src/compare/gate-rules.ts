import type { GateRule } from '../model/gate.ts';
import type { RuleResult, Run } from '../model/run.ts';
import { andMore } from './change-text.ts';
import { drifting } from './compare-metric.ts';
import type { GatheredByVariant } from './queries-per-request.ts';
import { placesOf, type RuledRun, type RuleSight, sightOf } from './rule-sight.ts';

/**
 * What came of each rule of the gate, in their order.
 *
 * A rule holds where the whole 90 % interval of its figure lies within the limit, and is broken where the whole of it
 * lies beyond. Where it must hold in several places the worst of them is told.
 */
export function judgeRules(run: RuledRun & Pick<Run, 'validity'>, gathered: GatheredByVariant): readonly RuleResult[] {
  return run.scenario.gate.require.map((rule) => judgeRule(rule, run, gathered));
}

/** From the worst on: what is broken fails, and what is seen though not for sure says more than what is unknown. */
const order: readonly RuleResult['status'][] = ['broken', 'unsure', 'unknown', 'holds'];

function judgeRule(rule: GateRule, run: RuledRun & Pick<Run, 'validity'>, gathered: GatheredByVariant): RuleResult {
  const judged = placesOf(rule, run.scenario.endpoints).map((place) => {
    const sight = sightOf(rule, run, gathered, place);
    return { ...judge(rule, sight, run.validity), distance: distanceOf(rule, sight) };
  });
  const status = order.find((each) => judged.some((place) => place.status === each)) ?? 'unknown';
  const told = judged.filter((place) => place.status === status).toSorted((a, b) => a.distance - b.distance);
  const [first] = told;
  if (!first) return { rule: rule.text, status, summary: 'there is no endpoint' };
  const more = status === 'holds' && told.length > 1 ? ', the nearest to it' : andMore(told.length);
  return { rule: rule.text, status, summary: first.summary + more };
}

function judge(rule: GateRule, sight: RuleSight, validity: Run['validity']): Pick<RuleResult, 'status' | 'summary'> {
  if (sight.status === 'unknown') return sight;
  const { summary, unit } = sight;
  const status = statusOf(rule.operator, sight);
  const isDoubtful = !validity.trusted && !validity.overridden && unit !== undefined && drifting.has(unit);
  if (!isDoubtful) return { status, summary };
  return { status: 'unsure', summary: `${summary}, but the measurement is not trusted` };
}

function statusOf(
  operator: GateRule['operator'],
  { interval, limit }: Extract<RuleSight, { status: 'known' }>,
): RuleResult['status'] {
  const within = (value: number) => {
    if (value === limit) return operator.endsWith('=');
    return operator.startsWith('<') ? value < limit : value > limit;
  };
  const [low, high] = interval.map(within);
  if (low && high) return 'holds';
  return low || high ? 'unsure' : 'broken';
}

/** How far within the limit the worse end lies, in parts of the limit; what is beyond it is negative. */
function distanceOf({ operator }: GateRule, sight: RuleSight): number {
  if (sight.status === 'unknown') return 0;
  const [low, high] = sight.interval;
  const scale = Math.abs(sight.limit) || 1;
  return (operator.startsWith('<') ? sight.limit - high : low - sight.limit) / scale;
}
