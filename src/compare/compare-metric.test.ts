import { describe, expect, it } from 'vitest';
import type { ComparedMetric, Metric } from '../model/comparison.ts';
import { Failure } from '../model/failure.ts';
import type { Gate } from '../model/gate.ts';
import { createRandom } from '../model/random.ts';
import { median } from '../stats/summary.ts';
import { compareMetric, compareUnpairedMetric, type MetricComparison } from './compare-metric.ts';

const gate: Gate = { metric: 'p95', margin: 0.1, floorMs: 1, errors: 0.001, certain: false, require: [], findings: [] };

function metric(rounds: readonly (number | null)[], rest: Partial<Metric> = {}): Metric {
  const known = rounds.filter((value) => value !== null);
  const value = known.length === rounds.length ? (median(known) ?? null) : null;
  return { name: 'p95', endpoint: 'GET /a', unit: 'ms', better: 'lower', rounds, value, ...rest };
}

function compared(result: MetricComparison): ComparedMetric {
  if (result.status !== 'compared') throw new Error(result.reason);
  return result.metric;
}

/** `count` rounds whose ratio scatters by ±`spread` around `ratio`, before at `level`. */
function rounds(level: number, ratio: number, spread: number, count = 8) {
  const before = Array.from({ length: count }, (_, index) => level * (1 + 0.05 * Math.sin(index)));
  const after = before.map((value, index) => value * ratio * Math.exp(index % 2 ? spread : -spread));
  return [before, after] as const;
}

function verdictOf(level: number, ratio: number, spread: number, over: Partial<Gate> = {}): string {
  const [before, after] = rounds(level, ratio, spread);
  return compared(compareMetric(metric(before), metric(after), { ...gate, ...over })).verdict;
}

describe('compareMetric', () => {
  it('calls a change that is real and matters REGRESSED, and its mirror IMPROVED', () => {
    expect(verdictOf(20, 1.3, 0.05)).toBe('REGRESSED');
    expect(verdictOf(20, 1 / 1.3, 0.05)).toBe('IMPROVED');
  });

  it('has its boundary at the margin', () => {
    expect(verdictOf(20, 1.101, 0.01)).toBe('REGRESSED');
    expect(verdictOf(20, 1.099, 0.01)).not.toBe('REGRESSED');
    expect(verdictOf(20, 1 / 1.101, 0.01)).toBe('IMPROVED');
    expect(verdictOf(20, 1 / 1.099, 0.01)).not.toBe('IMPROVED');
  });

  it('calls it OK only where the whole interval lies within the margin', () => {
    expect(verdictOf(20, 1, 0.05)).toBe('OK');
    expect(verdictOf(20, 1.04, 0.02)).toBe('OK');
    expect(verdictOf(20, 1, 0.2)).toBe('INCONCLUSIVE');
    expect(verdictOf(20, 1.09, 0.05)).toBe('INCONCLUSIVE');
  });

  it('does not call a large change real where chance may have made it', () => {
    const before = [10, 10, 10, 10, 10, 10, 10, 10];
    expect(compared(compareMetric(metric(before), metric([80, 10, 10, 10, 10, 10, 10, 10]), gate)).verdict).toBe(
      'INCONCLUSIVE',
    );
  });

  it('never regresses below the floor, and calls it OK where no change in the interval could reach it', () => {
    // 0.4 ms + 30 % is 0.12 ms more.
    expect(verdictOf(0.4, 1.3, 0.05)).toBe('OK');
    expect(verdictOf(0.4, 1.3, 0.05, { floorMs: 0.1 })).toBe('REGRESSED');
    expect(verdictOf(0.4, 1, 0.2)).toBe('OK');
    // 1.2 ms ± 140 %: the upper end of the interval reaches the floor.
    expect(verdictOf(1.2, 1.2, 0.9)).toBe('INCONCLUSIVE');
  });

  it('has its boundary at the floor where that is wider than the margin', () => {
    expect(verdictOf(5, 1.22, 0.005)).toBe('REGRESSED');
    expect(verdictOf(5, 1.18, 0.005)).toBe('OK');
    expect(verdictOf(5, 0.78, 0.005)).toBe('IMPROVED');
    expect(verdictOf(5, 0.82, 0.005)).toBe('OK');
  });

  it('cannot call a latency below the floor improved, because it has less than the floor to lose', () => {
    expect(verdictOf(0.9, 0.01, 0.005)).toBe('OK');
  });

  it('reports the change and its interval as after ÷ before − 1', () => {
    const [before, after] = rounds(20, 1.25, 0.05);
    const result = compared(compareMetric(metric(before), metric(after), gate));
    expect(result.change).toBeCloseTo(0.25, 6);
    expect(result.interval[0]).toBeGreaterThan(0.15);
    expect(result.interval[0]).toBeLessThan(0.25);
    expect(result.interval[1]).toBeGreaterThan(0.25);
    expect(result).toMatchObject({ p: 1 / 256, rounds: 8, gates: false, before: median(before), after: median(after) });
  });

  it('reads throughput the other way round: less is worse, and the change keeps its own sign', () => {
    const [before, after] = rounds(1000, 0.7, 0.03);
    const options = { name: 'throughput', unit: 'req/s', better: 'higher' } as const;
    const down = compared(compareMetric(metric(before, options), metric(after, options), gate));
    expect(down.verdict).toBe('REGRESSED');
    expect(down.change).toBeCloseTo(-0.3, 6);
    expect(down.interval[0]).toBeLessThan(-0.3);
    expect(down.interval[1]).toBeGreaterThan(-0.3);
    expect(compared(compareMetric(metric(after, options), metric(before, options), gate)).verdict).toBe('IMPROVED');
  });

  it('applies the floor, which is in milliseconds, to milliseconds only', () => {
    const [before, after] = rounds(0.4, 0.5, 0.03);
    const options = { name: 'throughput', unit: 'req/s', better: 'higher' } as const;
    expect(compared(compareMetric(metric(before, options), metric(after, options), gate)).verdict).toBe('REGRESSED');
  });

  it('states the smallest change that the rounds can tell', () => {
    // s(d) = 0.05345 for ±0.05 over eight rounds; (1.8946 + 0.8960) · s ÷ √8 = 0.05274.
    const [before, after] = rounds(20, 1, 0.05);
    expect(compared(compareMetric(metric(before), metric(after), gate)).resolution).toBeCloseTo(Math.expm1(0.05274), 4);
  });

  it('takes rounds without any spread as they are, but no finer than the histogram can tell', () => {
    const flat = new Array<number>(8).fill(20);
    const same = compared(compareMetric(metric(flat), metric(flat), gate));
    expect(same).toMatchObject({ verdict: 'OK', change: 0, interval: [0, 0], p: 1, resolution: 0.016 });
    const higher = compared(compareMetric(metric(flat), metric(flat.map((value) => value * 1.2)), gate));
    expect(higher).toMatchObject({ verdict: 'REGRESSED', p: 1 / 256 });
  });

  it('can call nothing a change with four rounds, whose p is 1/16 at best', () => {
    const [before, after] = rounds(20, 3, 0.001, 4);
    expect(compared(compareMetric(metric(before), metric(after), gate)).verdict).toBe('INCONCLUSIVE');
    const [b5, a5] = rounds(20, 3, 0.001, 5);
    expect(compared(compareMetric(metric(b5), metric(a5), gate)).verdict).toBe('REGRESSED');
  });

  it('leaves out what cannot be compared, with the reason', () => {
    const flat = metric([20, 20, 20]);
    const short = metric([20, null, 20], { requestsNeeded: 200, requestsSeen: 57 });
    const none = metric([null, null, null], { requestsNeeded: 200, requestsSeen: 31 });
    const reasons = [
      compareMetric(flat, short, gate),
      compareMetric(short, none, gate),
      compareMetric(metric([20]), metric([21]), gate),
      compareMetric(flat, metric([20, 0, 20], { name: 'throughput' }), gate),
      compareMetric(metric([]), metric([]), gate),
    ].map((result) => (result.status === 'omitted' ? result.reason : 'compared'));
    expect(reasons).toEqual([
      'p95 needs 200 requests per round, had 57',
      'p95 needs 200 requests per round, had 31',
      'one round shows no spread: two or more are needed',
      'p95 is 0 in a round, and a change from or to 0 is no ratio',
      'no round was measured',
    ]);
  });

  it('refuses rounds that do not pair up', () => {
    const compare = () => compareMetric(metric([1, 2, 3]), metric([1, 2]), gate);
    expect(compare).toThrow(Failure);
    expect(compare).toThrow(/3 rounds before and 2 after, which do not pair up/);
  });
});

describe('compareMetric of error rates', () => {
  const errors = (values: readonly number[]) => metric(values, { name: 'errors', unit: '%' });
  const none = errors(new Array<number>(8).fill(0));
  const compare = (before: Metric, after: Metric, over: Partial<Gate> = {}) =>
    compared(compareMetric(before, after, { ...gate, ...over }));

  it('is OK where there are none on either side, at any tolerance', () => {
    expect(compare(none, none)).toMatchObject({ verdict: 'OK', change: 0, p: 1 });
    expect(compare(none, none, { errors: 0 }).verdict).toBe('OK');
  });

  it('regresses where errors appear in round after round, in points', () => {
    const result = compare(none, errors([2, 3, 1, 2, 2, 3, 1, 2]));
    expect(result.verdict).toBe('REGRESSED');
    expect(result.change).toBeCloseTo(0.02, 10);
    expect(compare(errors([2, 3, 1, 2, 2, 3, 1, 2]), none).verdict).toBe('IMPROVED');
  });

  it('cannot tell a single failed request from chance, and does not call it fine either', () => {
    expect(compare(none, errors([0, 0, 1.75, 0, 0, 0, 0, 0])).verdict).toBe('INCONCLUSIVE');
  });

  it('is OK where both fail alike, and where the increase lies within what is tolerated', () => {
    const flaky = errors([1, 1.01, 1, 0.99, 1, 1, 1.01, 1]);
    expect(compare(flaky, errors([1, 1, 1.01, 1, 0.99, 1, 1, 1.01])).verdict).toBe('OK');
    expect(compare(none, errors(new Array<number>(8).fill(0.05))).verdict).toBe('OK');
  });

  it('does not know the margin', () => {
    expect(compare(errors(new Array<number>(8).fill(4)), errors(new Array<number>(8).fill(4.2))).verdict).toBe(
      'REGRESSED',
    );
  });
});

describe('compareUnpairedMetric', () => {
  it('takes different numbers of rounds', () => {
    const before = metric([20, 21, 19, 20, 22, 20]);
    const after = metric([40, 41, 39, 42, 40, 40, 41, 38]);
    const result = compared(compareUnpairedMetric(before, after, gate));
    expect(result).toMatchObject({ verdict: 'REGRESSED', rounds: 6 });
    expect(result.p).toBeCloseTo(1 / 3003, 12);
    expect(compared(compareUnpairedMetric(after, before, gate)).verdict).toBe('IMPROVED');
  });

  it('does not take for real what the machine does between two runs', () => {
    const before = metric([20, 20.1, 19.9, 20, 20.2, 20, 19.8, 20]);
    const after = metric([23, 23.1, 22.9, 23, 23.2, 23, 22.8, 23]);
    expect(compared(compareUnpairedMetric(before, after, gate)).verdict).toBe('INCONCLUSIVE');
    expect(compared(compareMetric(before, after, gate)).verdict).toBe('REGRESSED');
  });

  it('gives bytes no such allowance, since no machine changes them', () => {
    const bytes = (value: number) => metric(new Array<number>(8).fill(value), { name: 'bytes', unit: 'B/req' });
    expect(compared(compareUnpairedMetric(bytes(1000), bytes(1150), gate)).verdict).toBe('REGRESSED');
    expect(compared(compareUnpairedMetric(bytes(1000), bytes(1000), gate)).verdict).toBe('OK');
  });

  it('raises about one false alarm in twenty over runs between which the machine drifts', () => {
    const random = createRandom(41);
    const normal = (sd: number) => sd * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const run = () => {
      const drift = normal(0.13 / Math.SQRT2);
      return metric(Array.from({ length: 8 }, () => 20 * Math.exp(drift + normal(0.05))));
    };
    let alarms = 0;
    for (let pair = 0; pair < 1000; pair++) {
      if (compared(compareUnpairedMetric(run(), run(), gate)).verdict === 'REGRESSED') alarms += 1;
    }
    expect(alarms / 1000).toBeLessThanOrEqual(0.07);
  });
});
