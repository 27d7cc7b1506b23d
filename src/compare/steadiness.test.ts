import { describe, expect, it } from 'vitest';
import type { LoadArtifact, LoadSecond, StoredHistogram } from '../model/load.ts';
import { createRandom } from '../model/random.ts';
import { histogramOf, loadArtifact, loadRound } from '../testing/sample-rounds.ts';
import { driftsOf, steadinessTexts } from './steadiness.ts';

const floorMs = 1;

/** Rounds whose median in each second is what `medianMs` says, on ±3 % of noise. */
function load(
  medianMs: (second: number) => number,
  { rounds = 8, seconds = 8, seed = 1, noise = 0.03, ...more }: Partial<Omit<LoadArtifact, 'rounds'>> & Shape = {},
): LoadArtifact {
  const random = createRandom(seed);
  const secondOf = (second: number): LoadSecond => {
    const ms = medianMs(second) * (1 + noise * (2 * random() - 1));
    return {
      second,
      endpoints: { 'GET /a': { answered: 3, unsuccessful: 0, responseTime: around(ms) } },
    };
  };
  const round = () =>
    loadRound({
      durationMs: seconds * 1000,
      seconds: Array.from({ length: seconds }, (_, second) => secondOf(second)),
    });
  return loadArtifact({ rounds: Array.from({ length: rounds }, round), ...more });
}

/** Made once for equal times, to be quick over many. */
const known = new Map<number, StoredHistogram>();
function around(ms: number): StoredHistogram {
  const rounded = Number(ms.toFixed(2));
  const histogram = known.get(rounded) ?? histogramOf([rounded * 0.8, rounded, rounded * 3]);
  known.set(rounded, histogram);
  return histogram;
}

interface Shape {
  readonly rounds?: number;
  readonly seconds?: number;
  readonly seed?: number;
  readonly noise?: number;
}

const steady = () => 20;
const warming = (second: number) => 20 + 20 * Math.exp(-second / 4);
const leaking = (second: number) => 20 + 2 * second;

describe('steadiness', () => {
  it('says nothing of a response time that stays', () => {
    expect(steadinessTexts(load(steady), floorMs)).toEqual([]);
  });

  it('says that a service was still warming up, by how much, and what to do', () => {
    const [text, ...others] = steadinessTexts(load(warming), floorMs);
    expect(others).toEqual([]);
    expect(text).toMatch(
      /^GET \/a was still warming up: from the first to the last quarter of the 8 s of a round its median went from 3[78](\.\d)? ms to 2[34](\.\d)? ms \(−\d\d %\); raise load\.warmup$/,
    );
  });

  it('tells what was measured where the times fall in a curve, and not the end of a line', () => {
    const [drift] = driftsOf(
      load((second) => 4 + 40 * Math.exp(-second), { rounds: 2 }),
      floorMs,
    );
    expect(drift?.fromMs).toBeGreaterThan(20);
    expect(drift?.toMs).toBeGreaterThan(3.8);
    expect(drift?.toMs).toBeLessThan(4.3);
  });

  it('says that it degrades', () => {
    const [text] = steadinessTexts(load(leaking), floorMs);
    expect(text).toMatch(
      /^GET \/a degraded: .* went from 2[01](\.\d)? ms to 3[23](\.\d)? ms \(\+\d\d %\); memory or a table/,
    );
    expect(driftsOf(load(leaking), floorMs)[0]?.p).toBeLessThan(1e-6);
  });

  it('is silent below a tenth, and below the floor', () => {
    expect(
      steadinessTexts(
        load((second) => 20 + 0.2 * second, { noise: 0.001 }),
        0,
      ),
    ).toEqual([]);
    expect(
      steadinessTexts(
        load((second) => 20 + 0.4 * second, { noise: 0.001 }),
        floorMs,
      ),
    ).toHaveLength(1);
    const fast = load((second) => 0.4 + 0.04 * second);
    expect(steadinessTexts(fast, floorMs)).toEqual([]);
    expect(steadinessTexts(fast, 0)).toHaveLength(1);
  });

  it('is silent where there are fewer than four seconds in a round, or eight points', () => {
    expect(steadinessTexts(load(leaking, { seconds: 3 }), floorMs)).toEqual([]);
    expect(steadinessTexts(load(leaking, { seconds: 7, rounds: 1 }), floorMs)).toEqual([]);
    expect(steadinessTexts(load(leaking, { seconds: 8, rounds: 1 }), floorMs)).toHaveLength(1);
    expect(steadinessTexts(load(leaking, { seconds: 4, rounds: 2, noise: 0 }), floorMs)).toHaveLength(1);
  });

  it('leaves out what was only waited for after the last second', () => {
    const { rounds, ...rest } = load((second) => (second === 4 ? 900 : 20), { seconds: 5, noise: 0.2 });
    const cut = { ...rest, rounds: rounds.map((round) => ({ ...round, durationMs: 4020 })) };
    expect(steadinessTexts(cut, floorMs)).toEqual(steadinessTexts(load(steady, { seconds: 4, noise: 0 }), floorMs));
  });

  it('is silent where the load itself changes, and is not where it is constant', () => {
    const open = (toPerS: number) => {
      const phase = { durationMs: 8000, fromPerS: 50, toPerS, warmup: false };
      return { kind: 'open', phases: [phase], arrivals: 'even', connections: 100 } as const;
    };
    expect(steadinessTexts(load(leaking, { model: open(400) }), floorMs)).toEqual([]);
    expect(steadinessTexts(load(leaking, { model: open(50) }), floorMs)).toEqual([
      expect.stringMatching(
        /either the rate is more than it can answer, and a queue grows, or memory or a table grows/,
      ),
    ]);
  });

  it('tells of rounds of an hour too', () => {
    const hour = load((second) => 20 + second / 300, { seconds: 3600, rounds: 1 });
    expect(steadinessTexts(hour, floorMs)[0]).toMatch(
      /of the 3600 s of a round its median went from 2[12](\.\d)? ms to 3[01](\.\d)? ms/,
    );
  });

  it('raises no more false alarms than p allows where a steady service is measured amid noise', () => {
    let alarms = 0;
    for (let seed = 1; seed <= 1000; seed++) {
      if (steadinessTexts(load(steady, { seed, noise: 0.4 }), 0).length > 0) alarms += 1;
    }
    // 1 % are expected at most; three standard errors of 1,000 measurements are 0.9 %.
    expect(alarms / 1000).toBeLessThan(0.019);
  });
});
