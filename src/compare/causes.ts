import type { Gathered } from '../model/artifacts.ts';
import type { Cause, Comparison } from '../model/comparison.ts';
import { causesInConnections } from './cause-connections.ts';
import { causesInCpu } from './cause-cpu.ts';
import { causesInPayload } from './cause-payload.ts';
import { causesInPlans } from './cause-plans.ts';
import { causesInStatements } from './cause-statements.ts';
import { type CauseCandidate, type EndpointChange, endpointChanges } from './endpoint-change.ts';
import { queryCounts } from './query-counts.ts';

/** Causes that an endpoint names at the most: who has looked at three and found nothing wants the whole report. */
const mostCauses = 3;

/** Functions that are named of one endpoint: where one grew, those that it calls often did too. */
const mostFunctions = 2;

/** Of the largest figure: what explains less beside it is a consequence, or noise. */
const leastShare = 0.1;

/** Of the first function's figure: what is below makes room for a cause of another kind. */
const minorShare = 0.5;

/** The comparison with what the profile, trace and explain passes of both sides show of it. */
export function withCauses(comparison: Comparison, before: Gathered, after: Gathered): Comparison {
  return { ...comparison, causes: causesOf(comparison, before, after), counts: queryCounts(before, after) };
}

/**
 * Why each endpoint regressed or improved, by what else differs between the two sides; the most likely cause first.
 *
 * Only differences in the direction of the change count: fewer statements explain no regression. Those that explain
 * the most come first, those without a figure last. It is circumstantial: nothing was changed back to see.
 */
function causesOf(comparison: Comparison, before: Gathered, after: Gathered): readonly Cause[] {
  return endpointChanges(comparison, before, after).flatMap((change) =>
    mostLikely(candidatesOf(change)).map((cause) => ({ endpoint: change.endpoint, ...cause })),
  );
}

function candidatesOf(change: EndpointChange): readonly CauseCandidate[] {
  const plans = causesInPlans(change);
  return [
    ...causesInStatements(change, new Set(plans.map(({ fingerprint }) => fingerprint))),
    ...plans.map(({ fingerprint: _known, ...cause }) => cause),
    ...byFigure(causesInCpu(change)).slice(0, mostFunctions),
    ...causesInPayload(change),
    ...causesInConnections(change),
  ];
}

function mostLikely(candidates: readonly CauseCandidate[]): readonly CauseCandidate[] {
  const ranked = byFigure(candidates);
  const largest = Math.abs(ranked[0]?.explainsMs ?? 0);
  const kept = ranked.filter(
    ({ explainsMs }) => explainsMs === undefined || Math.abs(explainsMs) >= leastShare * largest,
  );
  if (kept.length <= mostCauses) return kept;
  // What makes connections or answers more also costs CPU of its own: a cause of another kind says more than that.
  const [first, second] = kept.filter(({ kind }) => kind === 'cpu');
  const isMinor = Math.abs(second?.explainsMs ?? 0) < minorShare * Math.abs(first?.explainsMs ?? 0);
  return kept.filter((cause) => cause !== second || !isMinor).slice(0, mostCauses);
}

/** Without a figure last, in the order given. */
function byFigure(candidates: readonly CauseCandidate[]): readonly CauseCandidate[] {
  const size = ({ explainsMs }: CauseCandidate) => (explainsMs === undefined ? -1 : Math.abs(explainsMs));
  return candidates.toSorted((a, b) => size(b) - size(a));
}
