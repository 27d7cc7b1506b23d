import { describe, expect, it } from 'vitest';
import { endpointRound, histogramOf, loadArtifact, loadRound } from '../../testing/sample-rounds.ts';
import type { LoadSeries } from './latency-over-time.ts';
import { Markup } from './markup.ts';
import { quantileChart } from './quantile-chart.ts';

function series(kind: LoadSeries['kind'], timesMs: readonly number[]): LoadSeries {
  const endpoints = { 'GET /a': endpointRound({ responseTime: histogramOf(timesMs) }) };
  return { name: kind, kind, load: loadArtifact({ rounds: [loadRound({ endpoints })] }) };
}

function draw(...all: readonly LoadSeries[]): string {
  const content = quantileChart('GET /a', all);
  return content instanceof Markup ? content.text : '';
}

const range = (count: number, factor = 1) => Array.from({ length: count }, (_, index) => (index + 1) * factor);

describe('the chart of quantiles', () => {
  it('says every quantile of both sides in words', () => {
    const page = draw(series('before', range(10_000, 0.1)), series('after', range(10_000, 0.01)));
    expect(page).toContain('before: p50 500 ms, p75 750 ms, p90 900 ms, p95 950 ms, p99 990 ms, p99.9 999 ms.');
    expect(page).toContain('after: p50 50.0 ms');
    expect(page.match(/<circle/g)).toHaveLength(12);
  });

  it('shows a quantile only where five answers lie beyond it', () => {
    expect(draw(series('after', range(500)))).toContain('p99,');
    expect(draw(series('after', range(499)))).not.toContain('p99,');
    expect(draw(series('after', range(49)))).toBe('');
    expect(draw()).toBe('');
  });

  it('draws times that are all alike, and times near zero', () => {
    for (const timesMs of [range(1000, 0), range(1000).map(() => 3)]) {
      expect(draw(series('after', timesMs))).not.toMatch(/NaN|Infinity/);
    }
  });
});
