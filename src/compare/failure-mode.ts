import type { FailureMode, FailureModeKind, Knee, Overload, OverloadSecond } from '../model/capacity.ts';
import { figureText, percentText } from './figures.ts';
import { isGeneratorBound } from './knee.ts';

/** What the word for a failure goes by, each with its reason. */
const failureThresholds = {
  /** Of the knee's goodput: below, the service gets less done because more is asked of it. */
  collapse: 0.7,
  /** Of the requests: with a third too many offered, a service that sheds refuses about a third. */
  share: 0.05,
  /** Of what was offered: then there was nothing left to fail. */
  absorbed: 0.95,
  /** From the first full second to the last one; a queue that gets as much too much each second grows steadily. */
  growth: 1.5,
  /** Of half the knee's load: the service has come back. */
  recovered: 0.9,
  /** Of the knee's p95, or this much more, whichever is later: it answers as before. */
  recoveredLatency: 3,
  recoveredMs: 50,
} as const;

/** How the service fails past its knee, from an overload by the clock and what came after it. */
export function failureModeOf(overload: Overload | undefined, knee: Knee | undefined): FailureMode {
  if (!overload || !knee) {
    const summary = 'The service was not overloaded, since no knee is known.';
    return { kind: 'not-established', summary, evidence: [] };
  }
  const { counts, statuses, goodputPerS, offeredPerS, died } = overload;
  const recovers = died === undefined ? hasRecovered(overload, knee) : undefined;
  const evidence = evidenceOf(overload, knee);
  const mode = (kind: FailureModeKind, summary: string): FailureMode => ({
    kind,
    summary,
    ...(recovers !== undefined && { recovers }),
    evidence,
  });
  if (died !== undefined) return mode('crashes', `The service ended (${died}) when it was asked for too much.`);
  const shareOf = (count: number) => (counts.due > 0 ? count / counts.due : 0);
  const refused = shareOf((statuses[429] ?? 0) + (statuses[503] ?? 0));
  const late = shareOf(counts.timedOut + counts.unsent);
  const broken = Math.max(0, shareOf(counts.failed + counts.lost) - refused);
  const kept = goodputPerS / knee.goodputPerS;
  const growth = growthOf(overload.seconds);

  if (isGeneratorBound(overload)) {
    return mode('not-established', 'Not established: the load generator could not offer so much and still measure it.');
  }
  if (goodputPerS >= failureThresholds.absorbed * offeredPerS && refused + late + broken < failureThresholds.share) {
    return mode('absorbs', 'The service did all that was offered: what ended the search is not how much it can do.');
  }
  if (kept < failureThresholds.collapse) {
    return mode('collapses', `It gets only ${percentText(kept)} of what it does at the knee done.`);
  }
  if (refused >= failureThresholds.share && refused >= late + broken) {
    const words = [429, 503].filter((status) => (statuses[status] ?? 0) > 0).join(' and ');
    return mode('sheds', `It refuses ${percentText(refused)} with ${words}, and goes on with the rest.`);
  }
  if (late >= failureThresholds.share && late >= broken) {
    return mode('times-out', `${percentText(late)} of the requests wait until they are given up.`);
  }
  if (broken >= failureThresholds.share) {
    return mode(
      'errors',
      `${percentText(broken)} of the requests fail or are dropped, without a refusal that says so.`,
    );
  }
  if (growth && growth.factor >= failureThresholds.growth) {
    const { fromMs, toMs } = growth;
    return mode(
      'queues',
      `It takes everything and lets it wait: p50 grew from ${figureText(fromMs, 'ms')} to ${figureText(toMs, 'ms')} within seconds.`,
    );
  }
  return mode('not-established', 'Not established: the overload shows neither refusals nor a queue that grows.');
}

function evidenceOf(overload: Overload, knee: Knee): readonly string[] {
  const { counts, durationMs, offeredPerS, goodputPerS, drainMs, recovery, died } = overload;
  const offered = `Offered ${figureText(offeredPerS, 'req/s')} for ${figureText(durationMs / 1000, 's')}`;
  const got = `${figureText(goodputPerS, 'req/s')} answered as expected, at the knee ${figureText(knee.goodputPerS, 'req/s')}`;
  const texts = [died === undefined ? `${offered}: ${got}.` : `${offered}; then it was gone.`];
  const { failed, timedOut, unsent, lost, due } = counts;
  const seen = Object.entries({ failed, 'timed out': timedOut, 'never sent': unsent, lost }).filter(
    ([, count]) => count > 0,
  );
  if (seen.length > 0) texts.push(`Of ${due} requests ${seen.map(([what, count]) => `${count} ${what}`).join(', ')}.`);
  if (drainMs >= 500) texts.push(`The last of them was settled ${figureText(drainMs / 1000, 's')} after the overload.`);
  if (recovery) {
    const p95 = recovery.p95Ms === undefined ? '' : `, p95 ${figureText(recovery.p95Ms, 'ms')}`;
    texts.push(
      `Afterwards, with ${figureText(recovery.offeredPerS, 'req/s')}: ${figureText(recovery.goodputPerS, 'req/s')} as expected${p95}.`,
    );
  }
  return texts;
}

function hasRecovered({ recovery }: Overload, knee: Knee): boolean | undefined {
  if (!recovery) return undefined;
  const { goodputPerS, offeredPerS, p95Ms } = recovery;
  if (goodputPerS < failureThresholds.recovered * offeredPerS) return false;
  if (p95Ms === undefined || knee.p95Ms === undefined) return true;
  const { recoveredLatency, recoveredMs } = failureThresholds;
  return p95Ms <= Math.max(knee.p95Ms * recoveredLatency, knee.p95Ms + recoveredMs);
}

/** From the first full second, in which the queue is short yet, to the last; it must grow in most of the steps between. */
function growthOf(seconds: readonly OverloadSecond[]): { factor: number; fromMs: number; toMs: number } | undefined {
  const medians = seconds.flatMap(({ p50Ms }) => (p50Ms === undefined ? [] : [p50Ms]));
  const fromMs = medians[0];
  const toMs = medians.at(-1);
  if (fromMs === undefined || toMs === undefined || medians.length < 3 || fromMs <= 0) return undefined;
  const rises = medians.filter((ms, index) => index > 0 && ms > (medians[index - 1] ?? 0)).length;
  return rises >= (medians.length - 1) / 2 ? { factor: toMs / fromMs, fromMs, toMs } : undefined;
}
