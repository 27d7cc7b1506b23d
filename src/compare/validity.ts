import type { Gate } from '../model/gate.ts';
import { type EndpointRound, type LoadArtifact, noFreeConnection } from '../model/load.ts';
import type { Validity, ValidityWarning } from '../model/run.ts';
import { mergeStored, quantileOfStored } from '../stats/histogram.ts';
import { roundsToProve } from './enough-rounds.ts';
import { countText, figureText, percentText } from './figures.ts';
import { unsuccessful } from './metrics.ts';
import { steadinessTexts } from './steadiness.ts';

/** The limits beyond which a measurement is not believed, each with its reason. */
const validityLimits = {
  /** Fewer arrivals than wanted are another load than the one asked for; what is missing are those that came late. */
  rateReached: 0.98,
  /** A loop that is busy for longer has a queue of its own, whose wait would be billed to the service. */
  utilization: 0.85,
  /** A response that waits for the generator is measured too late; below a millisecond timers themselves are off. */
  lagMs: 1,
  /** A larger lag is no matter where the service is slow: 5 % of p50 lies below any useful margin. */
  lagShareOfP50: 0.05,
  /** What a request would have taken that was lost or never sent is unknown, and it is rarely one of the fast ones. */
  lostOrUnsent: 0,
  /** Time that the hypervisor gave to others: at 5 % it is as large as half of the usual margin. */
  stealShare: 0.05,
  /** Below six rounds one unlucky one decides: the interval is half as wide again as at eight. */
  rounds: 6,
} as const;

type JudgedGate = Pick<Gate, 'metric' | 'errors' | 'floorMs'>;

/**
 * Whether the measure pass can be believed, from its loads by variant and the gate that will judge it.
 *
 * What can bend the figures themselves makes them untrusted. Time stolen from the machine is a note where two
 * variants were measured: in turns both lose alike, and what hits one of two blocks is in the interval.
 */
export function judgeValidity(loads: Readonly<Record<string, LoadArtifact>>, gate: JudgedGate): Validity {
  const all = Object.values(loads);
  const warnings: readonly ValidityWarning[] = [
    ...generatorWarnings(loads, gate),
    ...Object.entries(loads).flatMap(([variant, load]) => warningsOf(variant, load, gate)),
    ...(all.some(({ insecure }) => insecure) ? [note('the certificate of the service was not verified')] : []),
    ...roundWarnings(all),
  ];
  return { trusted: warnings.every((warning) => warning.level !== 'untrusted'), warnings };
}

function note(message: string): ValidityWarning {
  return { level: 'note', message };
}

function untrusted(message: string): ValidityWarning {
  return { level: 'untrusted', message };
}

function warningsOf(variant: string, load: LoadArtifact, gate: JudgedGate): readonly ValidityWarning[] {
  const rate = rateText(load);
  const steal = stealText(load);
  const timeouts = timeoutText(load);
  return [
    ...(rate ? [untrusted(rate)] : []),
    ...requestTexts(load, gate.errors).map(untrusted),
    ...(steal ? [load.design === 'alone' ? untrusted(steal) : note(steal)] : []),
    ...(timeouts ? [note(timeouts)] : []),
    ...steadinessTexts(load, gate.floorMs).map(note),
  ].map(({ level, message }) => ({ level, message: `${variant}: ${message}` }));
}

/** What is true of the generator in all variants is said once. */
function generatorWarnings(
  loads: Readonly<Record<string, LoadArtifact>>,
  gate: JudgedGate,
): readonly ValidityWarning[] {
  const said = Object.entries(loads).map(([variant, load]) => ({ variant, texts: generatorTexts(load, gate) }));
  const common = said[0]?.texts.filter((text) => said.every(({ texts }) => texts.includes(text))) ?? [];
  return [
    ...common.map(untrusted),
    ...said.flatMap(({ variant, texts }) =>
      texts.filter((text) => !common.includes(text)).map((text) => untrusted(`${variant}: ${text}`)),
    ),
  ];
}

function generatorTexts(load: LoadArtifact, { metric }: JudgedGate): readonly string[] {
  const { utilization, threads, lagP95Ms, lagP99Ms } = load.health;
  const less = load.model.kind === 'closed' ? 'use fewer connections' : 'lower the rate';
  const texts: string[] = [];
  if (utilization > validityLimits.utilization) {
    const [is, limit] = [percentText(utilization), percentText(validityLimits.utilization)];
    const who = threads > 1 ? `the busiest of the load generator's ${threads} threads` : 'the load generator';
    texts.push(
      `${who} was busy ${is} of the time (limit ${limit}), so its own queue is part of the latencies; ${less}`,
    );
  }
  const p50Us = quantileOfStored(mergeStored(cellsOf(load).map((cell) => cell.responseTime)), 0.5) ?? 0;
  const lagLimitMs = Math.max(validityLimits.lagMs, (validityLimits.lagShareOfP50 * p50Us) / 1000);
  // A lag that is rarer than the tail which the gate looks at does not move that quantile.
  const [lagMs, quantile] = metric === 'p99' ? [lagP99Ms, 'p99'] : [lagP95Ms, 'p95'];
  if (lagMs > lagLimitMs) {
    const [lag, limit] = [figureText(lagMs, 'ms'), figureText(lagLimitMs, 'ms')];
    texts.push(
      `the load generator woke up to ${lag} late (${quantile}; limit ${limit}), so latencies may read too high by as much; keep the machine quiet or ${less}`,
    );
  }
  return texts;
}

/** Open model: whether as many flows began as were to. */
function rateText({ model, rounds }: LoadArtifact): string | undefined {
  if (model.kind === 'closed') return undefined;
  const wanted = rounds.reduce((sum, { arrivals }) => sum + (arrivals?.wanted ?? 0), 0);
  const begun = rounds.reduce((sum, { arrivals }) => sum + (arrivals?.begun ?? 0), 0);
  if (wanted === 0 || begun / wanted >= validityLimits.rateReached) return undefined;
  const seconds = rounds.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000;
  const cells = rounds.flatMap(({ endpoints }) => Object.values(endpoints));
  const reasons = mergeCounts(cells.map((cell) => cell.troubles));
  // Who is late waits for a connection: the service takes none, or all that there may be are in use.
  const cause =
    sumOf(cells, (cell) => cell.unsent) > 0 && !(noFreeConnection in reasons)
      ? `the service took no more connections (${topReasons(Object.entries(reasons))}); lower the rate`
      : `the others waited for a connection, of which there were at most ${model.connections}; raise load.connections if the service is to be asked for more at a time, else lower the rate`;
  return `the rate was not reached: ${rateFigure(begun / seconds)} of ${rateFigure(wanted / seconds)} flows per second were begun (${flooredPercent(begun / wanted)}; limit ${percentText(validityLimits.rateReached)}); ${cause}`;
}

/** A share just below the limit must not be rounded up to it. */
function flooredPercent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}

function rateFigure(perS: number): string {
  return perS >= 100 ? String(Math.round(perS)) : String(Number(perS.toPrecision(3)));
}

function requestTexts(load: LoadArtifact, gateErrors: number): readonly string[] {
  const cells = cellsOf(load);
  if (sumOf(cells, (cell) => cell.due) === 0) return ['no request was sent'];
  const missing = missingText(cells);
  const texts = missing === undefined ? [] : [missing];
  for (const [endpoint, own] of byEndpoint(load)) {
    const dueHere = sumOf(own, (cell) => cell.due);
    const wrong = sumOf(own, unsuccessful);
    if (dueHere === 0 || wrong / dueHere <= gateErrors) continue;
    const reasons = mergeCounts([
      ...own.flatMap((cell) => [cell.failures, cell.troubles]),
      { 'timed out': sumOf(own, (cell) => cell.timedOut) },
    ]);
    const why = topReasons(Object.entries(reasons));
    texts.push(
      `${percentText(wrong / dueHere)} of the requests to ${endpoint} failed (${wrong} of ${dueHere}${why && `: ${why}`}; limit ${percentText(gateErrors)}), and failures are not as slow as successes`,
    );
  }
  return texts;
}

/** Of requests that have no response time, with the reasons. */
function missingText(cells: readonly EndpointRound[]): string | undefined {
  const [lost, unsent] = [sumOf(cells, (cell) => cell.lost), sumOf(cells, (cell) => cell.unsent)];
  if (lost + unsent <= validityLimits.lostOrUnsent) return undefined;
  const due = sumOf(cells, (cell) => cell.due);
  const reasons = mergeCounts(cells.map((cell) => cell.troubles));
  const why = topReasons(Object.entries(reasons));
  const what = [
    ...(lost > 0 ? [`${countText(lost, 'request')} of ${due} got no complete response`] : []),
    ...(unsent > 0 ? [`${countText(unsent, 'request')} of ${due} could not be sent`] : []),
  ].join(' and ');
  const advice =
    lost === 0 && noFreeConnection in reasons ? 'raise load.connections or lower the rate' : "see the service's output";
  return `${what} (limit ${validityLimits.lostOrUnsent}${why && `; ${why}`}), and what they would have taken is unknown; ${advice}`;
}

function mergeCounts(list: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const merged = new Map<string, number>();
  for (const [reason, count] of list.flatMap((counts) => Object.entries(counts))) {
    merged.set(reason, (merged.get(reason) ?? 0) + count);
  }
  return Object.fromEntries(merged);
}

/** The two that came most often: `12 × status 500, 4 × timed out`; empty where there are none. */
function topReasons(counts: readonly (readonly [reason: string, count: number])[]): string {
  return counts
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 2)
    .map(([reason, count]) => `${count} × ${reason}`)
    .join(', ');
}

function stealText(load: LoadArtifact): string | undefined {
  const { stealShare } = load.health;
  if (stealShare === undefined || stealShare <= validityLimits.stealShare) return undefined;
  const [is, limit] = [percentText(stealShare), percentText(validityLimits.stealShare)];
  return `the hypervisor took away ${is} of the machine's CPU time (limit ${limit}); absolute figures are too high`;
}

function timeoutText(load: LoadArtifact): string | undefined {
  const timedOut = sumOf(cellsOf(load), (cell) => cell.timedOut);
  if (timedOut === 0) return undefined;
  return `${countText(timedOut, 'request')} timed out and counted with the time waited, so the tail is at least as slow as shown`;
}

/** What the number of rounds cannot show. */
function roundWarnings(loads: readonly LoadArtifact[]): readonly ValidityWarning[] {
  if (loads.length < 2) return [];
  const rounds = Math.min(...loads.map((load) => load.rounds.length));
  const endpoints = Math.max(...loads.map((load) => byEndpoint(load).size));
  const needed = roundsToProve(endpoints);
  if (rounds < needed) {
    const what = `${countText(rounds, 'round')} cannot prove a change of any of ${countText(endpoints, 'endpoint')}`;
    return [note(`${what}: it takes at least ${Math.max(needed, validityLimits.rounds)} (load.rounds)`)];
  }
  if (rounds >= validityLimits.rounds) return [];
  return [
    note(
      `${countText(rounds, 'round')} give wide intervals: ${validityLimits.rounds} or more are wanted (load.rounds)`,
    ),
  ];
}

function cellsOf(load: LoadArtifact): readonly EndpointRound[] {
  return load.rounds.flatMap((round) => Object.values(round.endpoints));
}

function byEndpoint(load: LoadArtifact): ReadonlyMap<string, readonly EndpointRound[]> {
  const endpoints = new Map<string, EndpointRound[]>();
  for (const round of load.rounds) {
    for (const [endpoint, cell] of Object.entries(round.endpoints)) {
      endpoints.set(endpoint, [...(endpoints.get(endpoint) ?? []), cell]);
    }
  }
  return endpoints;
}

function sumOf(cells: readonly EndpointRound[], count: (cell: EndpointRound) => number): number {
  return cells.reduce((sum, cell) => sum + count(cell), 0);
}
