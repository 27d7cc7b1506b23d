import { allEndpoints, type Metric } from '../model/comparison.ts';
import type { GateRule } from '../model/gate.ts';
import type { RuleResult, Run } from '../model/run.ts';
import { meanInterval } from '../stats/mean-interval.ts';
import { changeText, metricText } from './change-text.ts';
import { figureText } from './figures.ts';
import { type GatheredByVariant, queriesPerRequest } from './queries-per-request.ts';

export type RuledRun = Pick<Run, 'scenario' | 'variants' | 'comparison'>;

/** What is known of the figure that a rule asks for, of one endpoint or of the whole load. */
export type RuleSight =
  | {
      readonly status: 'known';
      /** Where the figure lies, in the unit of the rule's limit; both ends are the same where it was counted. */
      readonly interval: readonly [low: number, high: number];
      readonly limit: number;
      readonly summary: string;
      /** Of a metric; what was counted does not depend on how fast the machine was. */
      readonly unit?: Metric['unit'];
    }
  | { readonly status: 'unknown'; readonly summary: string };

/** How much of the unit of a rule's limit one of the metric's unit is. */
const unitSize: Readonly<Record<Metric['unit'], number>> = {
  ms: 1,
  'req/s': 1,
  '%': 0.01,
  'B/req': 1,
  'µs/req': 0.001,
  MB: 1e6,
};

/** What the run shows of the figure that `rule` asks for. */
export function sightOf(rule: GateRule, run: RuledRun, gathered: GatheredByVariant, endpoint: string): RuleSight {
  if (rule.kind === 'relative' && !run.comparison) return unknown('there is nothing to compare with');
  if (rule.metric === 'queries') return sightOfQueries(rule, run, gathered, endpoint);
  return rule.kind === 'absolute' ? sightOfValue(rule, run, endpoint) : sightOfChange(rule, run, endpoint);
}

/** Mean and interval over the rounds: of error rates as they are, since they may be 0, of all else in logarithms. */
function sightOfValue(
  { metric: name, limit }: GateRule,
  { variants, comparison }: RuledRun,
  endpoint: string,
): RuleSight {
  const side = comparison ? variants[comparison.after] : Object.values(variants).at(-1);
  const metric = side?.metrics.find((each) => each.name === name && each.endpoint === endpoint);
  const what = metricText({ name, endpoint });
  if (!metric || metric.rounds.length === 0) return unknown(`${what} was not measured`);
  if (metric.value === null) return unknown(`${what} ${tooFew(metric)}`);
  const values = metric.rounds.map((value) => value ?? 0);
  const isSteady = values.every((value) => value === values[0]);
  // Of values that are all the same the logarithm and back would miss a limit of just that by a rounding error.
  const inLogs = name !== 'errors' && !isSteady && values.every((value) => value > 0);
  const ends = meanInterval(inLogs ? values.map(Math.log) : values);
  const text = `${what} is ${figureText(metric.value, metric.unit)}`;
  if (!ends) {
    const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
    return {
      status: 'known',
      interval: everywhere,
      limit,
      unit: metric.unit,
      summary: `${text} in one round, which shows no spread`,
    };
  }
  const [low, high] = inLogs ? [Math.exp(ends[0]), Math.exp(ends[1])] : [Math.max(0, ends[0]), ends[1]];
  const size = unitSize[metric.unit];
  return {
    status: 'known',
    interval: [low * size, high * size],
    limit,
    unit: metric.unit,
    summary: `${text} (90 % interval ${figureText(low, metric.unit)} to ${figureText(high, metric.unit)})`,
  };
}

function sightOfChange(
  { metric: name, limit }: GateRule,
  { comparison, scenario }: RuledRun,
  endpoint: string,
): RuleSight {
  const isIt = (each: { readonly name: string; readonly endpoint: string }) =>
    each.name === name && each.endpoint === endpoint;
  const metric = comparison?.metrics.find(isIt);
  if (!metric) {
    const reason = comparison?.omitted.find(isIt)?.reason ?? 'it was not measured on both sides';
    return unknown(`${metricText({ name, endpoint })} was not compared: ${reason}`);
  }
  const { gate } = scenario;
  // What may grow at all may grow by what the gate holds for nothing.
  const tolerated = metric.name === 'errors' ? gate.errors : metric.unit === 'ms' ? gate.floorMs / metric.before : 0;
  return {
    status: 'known',
    interval: metric.interval,
    limit: limit >= 0 && metric.better === 'lower' ? Math.max(limit, tolerated) : limit,
    unit: metric.unit,
    summary: changeText(metric),
  };
}

function sightOfQueries(rule: GateRule, run: RuledRun, gathered: GatheredByVariant, endpoint: string): RuleSight {
  const after = queriesPerRequest(run, gathered, 'after', endpoint);
  const untraced = unknown(`the statements of ${endpoint} were not traced`);
  if (after === undefined) return untraced;
  if (rule.kind === 'absolute') {
    const summary = `${endpoint} runs ${statementsText(after)} per request`;
    return { status: 'known', interval: [after, after], limit: rule.limit, summary };
  }
  const before = queriesPerRequest(run, gathered, 'before', endpoint);
  if (before === undefined) return untraced;
  const change = before === after ? 0 : after / before - 1;
  const summary = `${endpoint} went from ${statementsText(before)} to ${Number(after.toPrecision(3))} per request`;
  return { status: 'known', interval: [change, change], limit: rule.limit, summary };
}

function statementsText(count: number): string {
  return `${Number(count.toPrecision(3))} ${count === 1 ? 'statement' : 'statements'}`;
}

function tooFew({ requestsNeeded, requestsSeen }: Metric): string {
  if (requestsNeeded === undefined) return 'is unknown in a round';
  const had = requestsSeen === undefined ? '' : `, had ${requestsSeen}`;
  return `needs ${requestsNeeded} ${requestsNeeded === 1 ? 'request' : 'requests'} per round${had}`;
}

function unknown(summary: RuleResult['summary']): RuleSight {
  return { status: 'unknown', summary };
}

/** Where a rule that names no endpoint must hold. */
export function placesOf({ metric, endpoint }: GateRule, endpoints: readonly string[]): readonly string[] {
  if (endpoint !== undefined) return [endpoint];
  return wholeLoad.has(metric) ? [allEndpoints] : endpoints;
}

const wholeLoad: ReadonlySet<GateRule['metric']> = new Set(['throughput', 'cpu', 'memory']);
