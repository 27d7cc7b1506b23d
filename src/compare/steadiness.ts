import type { LoadArtifact, LoadRound } from '../model/load.ts';
import { wholeSeconds } from '../model/load-seconds.ts';
import type { LoadModel } from '../model/load-spec.ts';
import { quantileOfStored } from '../stats/histogram.ts';
import { median } from '../stats/summary.ts';
import { type Point, seasonalTrend } from '../stats/trend.ts';
import { countText, figureText, percentText } from './figures.ts';

/** From which on a response time that moves within rounds is told. */
const limits = {
  /** Fewer seconds in a round, or points in all, cannot tell a trend from chance. */
  secondsPerRound: 4,
  points: 8,
  /** Many endpoints are looked at, so chance alone is to be rarer than for a verdict. */
  p: 0.01,
  /** Less than the usual margin: it would move no verdict. */
  change: 0.1,
} as const;

/**
 * Long rounds are looked at in so many stretches. What disturbs a machine lasts for seconds, so neighbouring seconds
 * are alike without a trend; stretches are less so, and a trend shows in twelve as well as in a thousand.
 */
const mostPoints = 12;

/** How the median response time of one endpoint goes over a round, each of which began with a fresh service. */
export interface Drift {
  readonly endpoint: string;
  /** In the first and in the last quarter, the median over all rounds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly seconds: number;
  readonly p: number;
}

/**
 * The endpoints whose response time still moves within rounds, by at least a tenth and `floorMs`.
 *
 * Nothing is told where the load itself changes within a round: then the response time may follow it.
 */
export function driftsOf({ model, rounds }: LoadArtifact, floorMs: number): readonly Drift[] {
  if (!isConstant(model)) return [];
  const endpoints = [...new Set(rounds.flatMap((round) => Object.keys(round.endpoints)))];
  return endpoints.flatMap((endpoint) => driftOf(endpoint, rounds, floorMs) ?? []);
}

/** What to know of it, and to do about it, as sentences. */
export function steadinessTexts(load: LoadArtifact, floorMs: number): readonly string[] {
  const drifts = driftsOf(load, floorMs);
  const falling = drifts.filter(({ fromMs, toMs }) => toMs < fromMs);
  const rising = drifts.filter(({ fromMs, toMs }) => toMs > fromMs);
  return [
    ...tell(falling, 'was still warming up', warmupAdvice(load.model)),
    ...tell(rising, 'degraded', degradedAdvice(load.model)),
  ];
}

function warmupAdvice(model: LoadModel): string {
  return model.kind === 'open' && model.phases.some(({ warmup }) => warmup)
    ? 'lengthen the phases that warm up'
    : 'raise load.warmup';
}

/** Users who arrive by the clock queue up where they are too many; as many as connections cannot. */
function degradedAdvice({ kind }: LoadModel): string {
  const leak = 'memory or a table grows: look at what each request leaves behind';
  return kind === 'closed' ? leak : `either the rate is more than it can answer, and a queue grows, or ${leak}`;
}

/** The largest stands for all of them. */
function tell(drifts: readonly Drift[], what: string, advice: string): readonly string[] {
  const ratio = ({ fromMs, toMs }: Drift) => Math.abs(Math.log(toMs / fromMs));
  const [lead, ...others] = drifts.toSorted((a, b) => ratio(b) - ratio(a));
  if (!lead) return [];
  const change = lead.toMs / lead.fromMs - 1;
  const sign = change > 0 ? '+' : '\u2212';
  const more = others.length === 0 ? '' : `, and so did those of ${countText(others.length, 'more endpoint')}`;
  return [
    `${lead.endpoint} ${what}: from the first to the last quarter of the ${lead.seconds} s of a round its median went from ${figureText(lead.fromMs, 'ms')} to ${figureText(lead.toMs, 'ms')} (${sign}${percentText(Math.abs(change))})${more}; ${advice}`,
  ];
}

function driftOf(endpoint: string, rounds: readonly LoadRound[], floorMs: number): Drift | undefined {
  const seasons = rounds
    .map((round) => mediansOf(endpoint, round))
    .filter((points) => points.length >= limits.secondsPerRound);
  const points = seasons.flat();
  const trend = seasonalTrend(seasons.map(thinned));
  if (!trend || points.length < limits.points || trend.p >= limits.p) return undefined;
  const times = points.map(({ at }) => at);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  // What was measured, not the ends of a line through it: warm-up is a curve, which falls below zero as a line.
  const within = (from: number, to: number) => points.filter(({ at }) => at >= from && at <= to);
  const quarter = Math.floor((last - first + 1) / 4) - 1;
  const fromMs = median(within(first, first + quarter).map(({ value }) => value)) ?? 0;
  const toMs = median(within(last - quarter, last).map(({ value }) => value)) ?? 0;
  const change = (toMs - fromMs) * Math.sign(trend.slope);
  if (!(fromMs > 0 && toMs > 0) || change < limits.change * fromMs || change < floorMs) return undefined;
  return { endpoint, fromMs, toMs, seconds: Math.ceil(last - first + 1), p: trend.p };
}

function mediansOf(endpoint: string, round: LoadRound): readonly Point[] {
  return wholeSeconds(round).flatMap(({ second, endpoints }) => {
    const times = endpoints[endpoint]?.responseTime;
    const us = times && quantileOfStored(times, 0.5);
    return us === undefined ? [] : [{ at: second, value: us / 1000 }];
  });
}

/** Neighbours put together until there are few enough. */
function thinned(points: readonly Point[]): readonly Point[] {
  const size = Math.ceil(points.length / mostPoints);
  if (size === 1) return points;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const block = points.slice(index * size, (index + 1) * size);
    return {
      at: median(block.map(({ at }) => at)) ?? 0,
      value: median(block.map(({ value }) => value)) ?? 0,
    };
  });
}

function isConstant(model: LoadModel): boolean {
  if (model.kind === 'closed') return true;
  const rates = model.phases.filter(({ warmup }) => !warmup).flatMap(({ fromPerS, toPerS }) => [fromPerS, toPerS]);
  return new Set(rates).size === 1;
}
