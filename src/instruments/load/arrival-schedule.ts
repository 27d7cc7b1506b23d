import type { ArrivalPhase, OpenModel } from '../../model/load-spec.ts';
import { createRandom } from '../../model/random.ts';

/** When users arrive, in milliseconds since the load began, pauses not counted. */
export interface ArrivalSchedule {
  /** The next arrival; `undefined` after the last phase. */
  next(): number | undefined;
}

/** Which of the arrivals: of `count` schedules each gets its part. */
export interface ArrivalShare {
  readonly index: number;
  readonly count: number;
}

/**
 * Arrivals by the number Λ(t) of them that the phases want until t, the integral of the rate.
 *
 * `even` puts one at every t where Λ(t) is a half above a whole number. `poisson` draws exponential distances in Λ,
 * which is a Poisson process of that rate (inversion, Lewis and Shedler 1979); of shares, whose rates add up, it makes
 * independent ones.
 */
export function createArrivalSchedule(
  { phases, arrivals }: Pick<OpenModel, 'phases' | 'arrivals'>,
  seed: number,
  { index, count }: ArrivalShare,
): ArrivalSchedule {
  const random = createRandom(seed + index * 7919);
  const timeOf = inverseOf(phases);
  const distance = arrivals === 'even' ? () => count : () => -Math.log(1 - random()) * count;
  let wanted = arrivals === 'even' ? index + 0.5 : distance();
  return {
    next() {
      const at = timeOf(wanted);
      if (at !== undefined) wanted += distance();
      return at;
    },
  };
}

/** How many arrivals the phases want in the first `ms`. */
export function arrivalsUntil(phases: readonly ArrivalPhase[], ms: number): number {
  let wanted = 0;
  let left = ms;
  for (const phase of phases) {
    const here = Math.min(left, phase.durationMs ?? left);
    wanted += (meanRate(phase, here) * here) / 1000;
    left -= here;
    if (left <= 0) break;
  }
  return wanted;
}

/** Of the first `ms` of a phase, in arrivals per second. */
function meanRate({ durationMs, fromPerS, toPerS }: ArrivalPhase, ms: number): number {
  if (durationMs === undefined || durationMs === 0) return fromPerS;
  return fromPerS + ((toPerS - fromPerS) * ms) / (2 * durationMs);
}

/** Λ⁻¹ for arguments that never fall. */
function inverseOf(phases: readonly ArrivalPhase[]): (wanted: number) => number | undefined {
  let at = 0;
  let beganMs = 0;
  let before = 0;
  return (wanted) => {
    for (let phase = phases[at]; phase; phase = phases[at]) {
      const { durationMs, fromPerS, toPerS } = phase;
      const here = wanted - before;
      if (durationMs === undefined) return fromPerS > 0 ? beganMs + (here * 1000) / fromPerS : undefined;
      const inPhase = (((fromPerS + toPerS) / 2) * durationMs) / 1000;
      if (here <= inPhase && inPhase > 0) return beganMs + timeWithin(here, durationMs / 1000, fromPerS, toPerS) * 1000;
      before += inPhase;
      beganMs += durationMs;
      at += 1;
    }
    return undefined;
  };
}

/** The t in seconds where from·t + (to − from)·t²/2d is `wanted`, in the form that stays exact where the ramp is flat. */
function timeWithin(wanted: number, durationS: number, from: number, to: number): number {
  const slope = (to - from) / durationS;
  const root = Math.sqrt(Math.max(0, from * from + 2 * slope * wanted));
  return from + root > 0 ? (2 * wanted) / (from + root) : 0;
}
