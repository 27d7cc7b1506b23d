import { describe, expect, it } from 'vitest';
import type { Comparison, Metric } from '../model/comparison.ts';
import type { Gate } from '../model/gate.ts';
import { median } from '../stats/summary.ts';
import { compareVariants } from './compare-variants.ts';

const gate: Gate = { metric: 'p95', margin: 0.1, floorMs: 1, errors: 0.001, certain: false, require: [], findings: [] };

/** Eight rounds that scatter by ±1 % around `level`; `null`: too few requests. */
function metric(endpoint: string, name: Metric['name'], level: number | null, seed = 0): Metric {
  const rounds = Array.from({ length: 8 }, (_, round) =>
    level === null ? null : level * (1 + 0.01 * Math.sin(7 * round + 13 * seed + level)),
  );
  const value = level === null ? null : (median(rounds.filter((each) => each !== null)) ?? null);
  const unit = name === 'errors' ? '%' : name === 'throughput' ? 'req/s' : 'ms';
  const better = name === 'throughput' ? 'higher' : 'lower';
  const short = { requestsNeeded: name === 'p95' ? 200 : 100, requestsSeen: 57 };
  return { name, endpoint, unit, better, rounds, value, ...(value === null ? short : {}) };
}

function endpoint(name: string, p95: number | null, rest: { p50?: number | null; errors?: number } = {}) {
  return [
    metric(name, 'p50', rest.p50 === undefined ? 10 : rest.p50),
    metric(name, 'p90', p95 === null ? null : p95 * 0.8),
    metric(name, 'p95', p95),
    metric(name, 'errors', rest.errors ?? 0),
  ];
}

function compare(before: readonly Metric[], after: readonly Metric[], over: Partial<Gate> = {}): Comparison {
  const side = (name: string, metrics: readonly Metric[]) => ({ name, run: { metrics, outcomes: {} } });
  return compareVariants(side('before', before), side('after', after), { ...gate, ...over }, 'sliced');
}

function gating(comparison: Comparison): readonly string[] {
  return comparison.metrics.filter((each) => each.gates).map((each) => `${each.endpoint} ${each.name} ${each.verdict}`);
}

describe('compareVariants', () => {
  it('judges each endpoint on the metric of the gate and on its errors', () => {
    const comparison = compare(
      [...endpoint('GET /a', 20), ...endpoint('GET /b', 30)],
      [...endpoint('GET /a', 10), ...endpoint('GET /b', 30)],
    );
    expect(gating(comparison)).toEqual([
      'GET /a p95 IMPROVED',
      'GET /a errors OK',
      'GET /b p95 OK',
      'GET /b errors OK',
    ]);
    expect(comparison).toMatchObject({
      before: 'before',
      after: 'after',
      verdict: 'IMPROVED',
      margin: 0.1,
      floorMs: 1,
    });
  });

  it('lets one regressed endpoint outweigh the improved ones', () => {
    const before = [...endpoint('GET /a', 20), ...endpoint('GET /b', 30)];
    const after = [...endpoint('GET /a', 10), ...endpoint('GET /b', 40)];
    expect(compare(before, after).verdict).toBe('REGRESSED');
  });

  it('regresses on errors alone', () => {
    const comparison = compare(endpoint('GET /a', 20), endpoint('GET /a', 20, { errors: 5 }));
    expect(gating(comparison)).toContain('GET /a errors REGRESSED');
    expect(comparison.verdict).toBe('REGRESSED');
  });

  it('does not let other quantiles, throughput or the whole load decide', () => {
    const before = [...endpoint('GET /a', 20), metric('(all)', 'throughput', 1000)];
    const after = [...endpoint('GET /a', 20, { p50: 19 }), metric('(all)', 'throughput', 100)];
    const comparison = compare(before, after);
    expect(comparison.metrics.filter((each) => each.verdict === 'REGRESSED')).toHaveLength(2);
    expect(comparison.verdict).toBe('OK');
  });

  it('goes inwards to the next quantile that has values on both sides, and says so', () => {
    const comparison = compare(endpoint('GET /a', 20), endpoint('GET /a', null, { p50: 20 }));
    expect(gating(comparison)).toEqual(['GET /a p50 REGRESSED', 'GET /a errors OK']);
    expect(comparison.omitted).toEqual([
      { name: 'p90', endpoint: 'GET /a', reason: 'p90 needs 100 requests per round, had 57' },
      { name: 'p95', endpoint: 'GET /a', reason: 'p95 needs 200 requests per round, had 57: judged on p50' },
    ]);
  });

  it('does not go outwards: a gate on p50 is not judged on p95', () => {
    const comparison = compare(endpoint('GET /a', 20, { p50: null }), endpoint('GET /a', 40, { p50: null }), {
      metric: 'p50',
    });
    expect(gating(comparison)).toEqual(['GET /a errors OK']);
  });

  it('is inconclusive where an endpoint had too few requests for any quantile', () => {
    const rare = endpoint('GET /rare', null, { p50: null });
    const comparison = compare([...endpoint('GET /a', 20), ...rare], [...endpoint('GET /a', 20), ...rare]);
    expect(comparison.verdict).toBe('INCONCLUSIVE');
    expect(comparison.omitted.find((each) => each.name === 'p95')?.reason).toMatch(
      /had 57: this endpoint is not judged$/,
    );
    expect(compare(rare, rare).resolution).toBeNull();
    expect(compare([], []).verdict).toBe('INCONCLUSIVE');
  });

  it('says of an endpoint that only one side has that it cannot be compared', () => {
    const comparison = compare(endpoint('GET /a', 20), endpoint('GET /b', 20));
    expect(comparison.metrics).toEqual([]);
    expect(new Set(comparison.omitted.map((each) => each.reason.split(':')[0]))).toEqual(
      new Set(['measured before only', 'measured after only']),
    );
    expect(comparison.verdict).toBe('INCONCLUSIVE');
  });

  it('corrects p over the endpoints that decide, and takes back what it no longer carries', () => {
    const names = Array.from({ length: 13 }, (_, index) => `GET /${index}`);
    const before = names.flatMap((name) => endpoint(name, 20));
    const after = names.flatMap((name, index) => endpoint(name, index === 0 ? 40 : 20));
    const twelve = compare(
      before.filter((each) => each.endpoint !== 'GET /12'),
      after.filter((each) => each.endpoint !== 'GET /12'),
    );
    const lead = (comparison: Comparison) => comparison.metrics.find((each) => each.name === 'p95');
    // Equal figures can raise no alarm and so do not count: one endpoint stands alone.
    expect(lead(twelve)?.p).toBe(1 / 256);
    const noisy = names.flatMap((name, index) =>
      endpoint(name, 20).map((each) =>
        each.name === 'p95' ? metric(name, 'p95', index === 0 ? 40 : 20, index + 1) : each,
      ),
    );
    const keep = (metrics: readonly Metric[], count: number) =>
      metrics.filter((each) => names.slice(0, count).includes(each.endpoint));
    expect(lead(compare(keep(before, 12), keep(noisy, 12)))).toMatchObject({ p: 12 / 256, verdict: 'REGRESSED' });
    expect(lead(compare(before, noisy))).toMatchObject({ p: 13 / 256, verdict: 'INCONCLUSIVE' });
  });

  it('leaves the p of what does not decide uncorrected', () => {
    const before = [...endpoint('GET /a', 20), ...endpoint('GET /b', 20)];
    const after = [...endpoint('GET /a', 30), ...endpoint('GET /b', 30)];
    const ps = compare(before, after).metrics.map((each) => [each.name, each.p * 256]);
    expect(ps.filter(([name]) => name === 'p90').map(([, p]) => p)).toEqual([1, 1]);
    expect(ps.filter(([name]) => name === 'p95').map(([, p]) => p)).toEqual([2, 2]);
  });

  it('states the coarsest resolution of the latencies that decide', () => {
    const comparison = compare(endpoint('GET /a', 20), endpoint('GET /a', 20.1));
    const p95 = comparison.metrics.find((each) => each.name === 'p95');
    expect(comparison.resolution).toBe(p95?.resolution);
  });
});
