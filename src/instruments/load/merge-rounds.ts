import type { EndpointRound, LoadRound, LoadSecond, RequestCounts, SecondCounts } from '../../model/load.ts';
import { mergeStored } from '../../stats/histogram.ts';

/** What one of several generators counted that loaded a service together. */
export interface PartialRound {
  readonly round: LoadRound;
  /** Its share of the connections. */
  readonly connections: number;
}

/** The rounds of generators that ran at the same time as one, as if a single one had counted all of it. */
export function mergeRounds(parts: readonly PartialRound[]): LoadRound {
  const rounds = parts.map(({ round }) => round);
  const arrivals = rounds.flatMap((round) => round.arrivals ?? []);
  const common = {
    endpoints: mergeByName(
      rounds.map(({ endpoints }) => endpoints),
      mergeEndpoints,
    ),
    seconds: mergeSeconds(rounds.flatMap(({ seconds }) => seconds)),
  };
  if (arrivals.length === 0) return { ...common, durationMs: meanDurationMs(parts) };
  return {
    ...common,
    durationMs: Math.max(0, ...rounds.map(({ durationMs }) => durationMs)),
    arrivals: { wanted: sum(arrivals, ({ wanted }) => wanted), begun: sum(arrivals, ({ begun }) => begun) },
  };
}

/** Of the closed model: the mean over all connections. */
function meanDurationMs(parts: readonly PartialRound[]): number {
  const connections = sum(parts, (part) => part.connections);
  return connections === 0 ? 0 : sum(parts, (part) => part.round.durationMs * part.connections) / connections;
}

const counts = {
  due: 0,
  sent: 0,
  unsent: 0,
  answered: 0,
  failed: 0,
  timedOut: 0,
  lost: 0,
  bytes: 0,
} as const satisfies Record<keyof RequestCounts | 'bytes', 0>;

function mergeEndpoints(parts: readonly EndpointRound[]): EndpointRound {
  const sums = Object.fromEntries(
    (Object.keys(counts) as (keyof typeof counts)[]).map((name) => [name, sum(parts, (part) => part[name])]),
  ) as Record<keyof typeof counts, number>;
  return {
    ...sums,
    responseTime: mergeStored(parts.map((part) => part.responseTime)),
    serviceTime: mergeStored(parts.map((part) => part.serviceTime)),
    statuses: sumByName(parts.map((part) => part.statuses)),
    failures: sumByName(parts.map((part) => part.failures)),
    troubles: sumByName(parts.map((part) => part.troubles)),
  };
}

function mergeSeconds(all: readonly LoadSecond[]): readonly LoadSecond[] {
  const bySecond = new Map<number, LoadSecond[]>();
  for (const each of all) bySecond.set(each.second, [...(bySecond.get(each.second) ?? []), each]);
  return [...bySecond]
    .sort(([a], [b]) => a - b)
    .map(([second, parts]) => ({
      second,
      endpoints: mergeByName(
        parts.map(({ endpoints }) => endpoints),
        mergeSecondCounts,
      ),
    }));
}

function mergeSecondCounts(parts: readonly SecondCounts[]): SecondCounts {
  return {
    answered: sum(parts, ({ answered }) => answered),
    unsuccessful: sum(parts, ({ unsuccessful }) => unsuccessful),
    responseTime: mergeStored(parts.map(({ responseTime }) => responseTime)),
  };
}

function sumByName(parts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  return mergeByName(parts, (values) => sum(values, (value) => value));
}

function mergeByName<T>(
  parts: readonly Readonly<Record<string, T>>[],
  merge: (values: readonly T[]) => T,
): Readonly<Record<string, T>> {
  const names = [...new Set(parts.flatMap((part) => Object.keys(part)))];
  return Object.fromEntries(names.map((name) => [name, merge(parts.flatMap((part) => part[name] ?? []))]));
}

function sum<T>(list: readonly T[], value: (each: T) => number): number {
  return list.reduce((total, each) => total + value(each), 0);
}
