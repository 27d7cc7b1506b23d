import { describe, expect, it } from 'vitest';
import type { Metric } from '../model/comparison.ts';
import type { EndpointRound, LoadArtifact, LoadRound } from '../model/load.ts';
import { endpointRound, histogramOf, loadArtifact, loadRound } from '../testing/sample-rounds.ts';
import { metricsOf, requestsNeeded } from './metrics.ts';

/** `answered` requests of 1 to `answered` milliseconds, 1,000 bytes each. */
function cell(answered: number, more: Partial<EndpointRound> = {}): EndpointRound {
  return endpointRound({
    answered,
    responseTime: histogramOf(Array.from({ length: answered }, (_, i) => i + 1)),
    ...more,
  });
}

function load(...rounds: readonly Partial<LoadRound>[]): LoadArtifact {
  return loadArtifact({ rounds: rounds.map((round) => loadRound({ endpoints: {}, ...round })) });
}

function find(metrics: readonly Metric[], name: Metric['name'], endpoint = 'GET /a'): Metric | undefined {
  return metrics.find((metric) => metric.name === name && metric.endpoint === endpoint);
}

describe('metricsOf', () => {
  it('gives quantiles in milliseconds, one per round, and their geometric mean', () => {
    const metrics = metricsOf(
      load(
        { endpoints: { 'GET /a': cell(201) } },
        { endpoints: { 'GET /a': cell(401) } },
        { endpoints: { 'GET /a': cell(201) } },
      ),
    );
    const p50 = find(metrics, 'p50');
    expect(p50).toMatchObject({ unit: 'ms', better: 'lower' });
    expect(p50?.rounds[0]).toBeCloseTo(101, 0);
    expect(p50?.rounds[1]).toBeCloseTo(201, 0);
    const [first, second, third] = (p50?.rounds ?? []).map(Number);
    expect(p50?.value).toBeCloseTo(Math.cbrt((first ?? 0) * (second ?? 0) * (third ?? 0)), 9);
    expect(find(metrics, 'p95')?.rounds[0]).toBeCloseTo(191, 0);
  });

  it('wants five requests above a quantile', () => {
    expect((['p50', 'p90', 'p95', 'p99'] as const).map(requestsNeeded)).toEqual([10, 50, 100, 500]);
    const enough = metricsOf(load({ endpoints: { 'GET /a': cell(100) } }));
    expect(find(enough, 'p95')?.value).toBeGreaterThan(90);
    expect(find(enough, 'p95')).not.toHaveProperty('requestsNeeded');
    const short = metricsOf(load({ endpoints: { 'GET /a': cell(99) } }));
    expect(find(short, 'p95')).toMatchObject({ rounds: [null], value: null, requestsNeeded: 100, requestsSeen: 99 });
    expect(find(short, 'p90')?.value).toBeGreaterThan(85);
  });

  it('has no value where a single round is short, and keeps the other rounds', () => {
    const metrics = metricsOf(load({ endpoints: { 'GET /a': cell(300) } }, { endpoints: { 'GET /a': cell(57) } }));
    const p95 = find(metrics, 'p95');
    expect(p95?.rounds[0]).toBeGreaterThan(280);
    expect(p95).toMatchObject({ value: null, requestsNeeded: 100, requestsSeen: 57 });
  });

  it('counts as throughput only what was answered as expected', () => {
    const metrics = metricsOf(load({ endpoints: { 'GET /a': cell(40, { failed: 10 }), 'GET /b': cell(10) } }));
    expect(find(metrics, 'throughput')).toMatchObject({ unit: 'req/s', better: 'higher' });
    expect(find(metrics, 'throughput')?.value).toBeCloseTo(7.5, 9);
    expect(find(metrics, 'throughput', '(all)')?.value).toBeCloseTo(10, 9);
  });

  it('counts every request that did not end well as an error, in per cent of those due', () => {
    const metrics = metricsOf(
      load({ endpoints: { 'GET /a': cell(90, { failed: 3, timedOut: 2, lost: 3, unsent: 5 }) } }),
    );
    expect(find(metrics, 'errors')).toMatchObject({ value: 13, unit: '%' });
  });

  it('gives errors that came in few rounds as their mean, which is what changes add up to', () => {
    const quiet = { endpoints: { 'GET /a': cell(100) } };
    const metrics = metricsOf(load(quiet, { endpoints: { 'GET /a': cell(100, { failed: 8 }) } }, quiet, quiet));
    expect(find(metrics, 'errors')).toMatchObject({ value: 2, rounds: [0, 8, 0, 0] });
  });

  it('gives bytes per answer, and CPU per answer over all endpoints where it is known', () => {
    const metrics = metricsOf(
      load({ serviceCpuMs: 100, endpoints: { 'GET /a': cell(40), 'GET /b': cell(10, { bytes: 5 }) } }),
    );
    expect(find(metrics, 'bytes')?.value).toBeCloseTo(1000, 9);
    expect(find(metrics, 'cpu', '(all)')?.unit).toBe('µs/req');
    expect(find(metrics, 'cpu', '(all)')?.value).toBeCloseTo(2000, 9);
  });

  it('leaves CPU out where a round does not know it', () => {
    const metrics = metricsOf(
      load({ serviceCpuMs: 100, endpoints: { 'GET /a': cell(40) } }, { endpoints: { 'GET /a': cell(40) } }),
    );
    expect(find(metrics, 'cpu', '(all)')).toBeUndefined();
  });

  it('gives the memory of the service over all endpoints where every round knows it', () => {
    const known = { serviceRssBytes: 81_200_000, endpoints: { 'GET /a': cell(40) } };
    expect(find(metricsOf(load(known, { ...known, serviceRssBytes: 90_000_000 })), 'memory', '(all)')).toMatchObject({
      rounds: [81.2, 90],
      unit: 'MB',
      better: 'lower',
    });
    expect(find(metricsOf(load(known, { endpoints: known.endpoints })), 'memory', '(all)')).toBeUndefined();
  });

  it('does not take an endpoint that went unanswered for a fast one', () => {
    const metrics = metricsOf(load({ endpoints: { 'GET /a': cell(0, { lost: 9 }) } }));
    expect(find(metrics, 'p50')?.value).toBeNull();
    expect(find(metrics, 'bytes')).toMatchObject({ value: null, requestsNeeded: 1, requestsSeen: 0 });
    expect(find(metrics, 'throughput')?.value).toBe(0);
    expect(find(metrics, 'errors')?.value).toBe(100);
  });

  it('counts an endpoint that is absent from a round as not requested there', () => {
    const metrics = metricsOf(load({ endpoints: { 'GET /a': cell(30) } }, { endpoints: {} }));
    expect(find(metrics, 'p50')).toMatchObject({ value: null, requestsSeen: 0 });
    expect(find(metrics, 'errors')?.rounds).toEqual([0, null]);
    expect(find(metrics, 'throughput')?.rounds).toEqual([7.5, 0]);
  });

  it('makes no figure of a pass without rounds', () => {
    expect(metricsOf(load()).map((metric) => metric.value)).toEqual([null]);
  });
});
