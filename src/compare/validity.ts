import { alpha } from '../model/comparison.ts';
import type { EndpointRound, LoadArtifact } from '../model/load.ts';
import type { Validity, ValidityWarning } from '../model/run.ts';
import type { Gate } from '../model/scenario.ts';
import { mergeStored, quantileOfStored } from '../stats/histogram.ts';
import { countText, figureText, percentText } from './figures.ts';
import { unsuccessful } from './metrics.ts';

/** The limits beyond which a measurement is not believed, each with its reason. */
const validityLimits = {
  /** A loop that is busy for longer has a queue of its own, whose wait would be billed to the service. */
  utilization: 0.85,
  /** A response that waits for the generator is measured too late; below a millisecond timers themselves are off. */
  lagMs: 1,
  /** A larger lag is no matter where the service is slow: 5 % of p50 lies below any useful margin. */
  lagShareOfP50: 0.05,
  /** Time that the hypervisor gave to others: at 5 % it is as large as half of the usual margin. */
  stealShare: 0.05,
  /** Below six rounds one unlucky one decides: the interval is half as wide again as at eight. */
  rounds: 6,
} as const;

type JudgedGate = Pick<Gate, 'metric' | 'errors'>;

/**
 * Whether the measure pass can be believed, from its loads by variant and the gate that will judge it.
 *
 * What can bend the figures themselves makes them untrusted. Time stolen from the machine is a note where variants
 * took turns, since both then lose alike and the interval shows the rest.
 */
export function judgeValidity(loads: Readonly<Record<string, LoadArtifact>>, gate: JudgedGate): Validity {
  const warnings = [
    // One generator loads all variants, so what is true of it is said once.
    ...new Set(Object.values(loads).flatMap((load) => generatorTexts(load, gate))),
  ].map((message): ValidityWarning => ({ level: 'untrusted', message }));
  warnings.push(
    ...Object.entries(loads).flatMap(([variant, load]) => warningsOf(variant, load, gate.errors)),
    ...roundWarnings(Object.values(loads)),
  );
  return { trusted: warnings.every((warning) => warning.level !== 'untrusted'), warnings };
}

function warningsOf(variant: string, load: LoadArtifact, gateErrors: number): readonly ValidityWarning[] {
  const texts = requestTexts(load, gateErrors);
  const steal = stealText(load);
  const timeouts = timeoutText(load);
  return [
    ...texts.map((text) => ({ level: 'untrusted' as const, text })),
    ...(steal ? [{ level: load.design === 'sliced' ? ('note' as const) : ('untrusted' as const), text: steal }] : []),
    ...(timeouts ? [{ level: 'note' as const, text: timeouts }] : []),
  ].map(({ level, text }) => ({ level, message: `${variant}: ${text}` }));
}

function generatorTexts(load: LoadArtifact, { metric }: JudgedGate): readonly string[] {
  const { utilization, lagP95Ms, lagP99Ms } = load.health;
  const texts: string[] = [];
  if (utilization > validityLimits.utilization) {
    const [is, limit] = [percentText(utilization), percentText(validityLimits.utilization)];
    texts.push(
      `the load generator was busy ${is} of the time (limit ${limit}), so its own queue is part of the latencies; use fewer connections`,
    );
  }
  const p50Us = quantileOfStored(mergeStored(cellsOf(load).map((cell) => cell.latency)), 0.5) ?? 0;
  const lagLimitMs = Math.max(validityLimits.lagMs, (validityLimits.lagShareOfP50 * p50Us) / 1000);
  // A lag that is rarer than the tail which the gate looks at does not move that quantile.
  const [lagMs, quantile] = metric === 'p99' ? [lagP99Ms, 'p99'] : [lagP95Ms, 'p95'];
  if (lagMs > lagLimitMs) {
    const [lag, limit] = [figureText(lagMs, 'ms'), figureText(lagLimitMs, 'ms')];
    texts.push(
      `the load generator woke up to ${lag} late (${quantile}; limit ${limit}), so latencies may read too high by as much; keep the machine quiet or use fewer connections`,
    );
  }
  return texts;
}

function requestTexts(load: LoadArtifact, gateErrors: number): readonly string[] {
  const cells = cellsOf(load);
  const sent = sumOf(cells, (cell) => cell.sent);
  const lost = sumOf(cells, (cell) => cell.lost);
  if (sent === 0) return ['no request was sent'];
  const texts: string[] = [];
  if (lost > 0) {
    texts.push(
      `${countText(lost, 'request')} of ${sent} got no complete response (limit 0), and what they would have taken is unknown; see the service's output`,
    );
  }
  for (const [endpoint, own] of byEndpoint(load)) {
    const sentHere = sumOf(own, (cell) => cell.sent);
    const wrong = sumOf(own, unsuccessful);
    if (sentHere === 0 || wrong / sentHere <= gateErrors) continue;
    texts.push(
      `${percentText(wrong / sentHere)} of the requests to ${endpoint} failed (${wrong} of ${sentHere}; limit ${percentText(gateErrors)}), and failures are not as slow as successes`,
    );
  }
  return texts;
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

/**
 * What the number of rounds cannot show: n rounds give no p below 2⁻ⁿ, and all endpoints share one error budget.
 */
function roundWarnings(loads: readonly LoadArtifact[]): readonly ValidityWarning[] {
  if (loads.length < 2) return [];
  const rounds = Math.min(...loads.map((load) => load.rounds.length));
  const endpoints = Math.max(...loads.map((load) => byEndpoint(load).size));
  const needed = Math.ceil(Math.log2(Math.max(1, endpoints) / alpha));
  if (rounds < needed) {
    const what = `${countText(rounds, 'round')} cannot prove a change of any of ${countText(endpoints, 'endpoint')}`;
    return [
      { level: 'note', message: `${what}: it takes at least ${Math.max(needed, validityLimits.rounds)} (load.rounds)` },
    ];
  }
  if (rounds >= validityLimits.rounds) return [];
  const message = `${countText(rounds, 'round')} give wide intervals: ${validityLimits.rounds} or more are wanted (load.rounds)`;
  return [{ level: 'note', message }];
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
