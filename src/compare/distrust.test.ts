import { describe, expect, it } from 'vitest';
import type { ComparedMetric, Comparison, Verdict } from '../model/comparison.ts';
import type { Validity } from '../model/run.ts';
import { withinTrust, withOverride } from './distrust.ts';

const untrusted: Validity = { trusted: false, warnings: [{ level: 'untrusted', message: 'before: 3 were lost' }] };
const trusted: Validity = { trusted: true, warnings: [] };

function metric(name: 'p95' | 'errors' | 'bytes' | 'throughput', verdict: Verdict): ComparedMetric {
  const unit = ({ p95: 'ms', errors: '%', bytes: 'B/req', throughput: 'req/s' } as const)[name];
  return {
    ...{ name, endpoint: 'GET /a', unit, better: name === 'throughput' ? 'higher' : 'lower' },
    ...{ before: 10, after: 20, change: 1, interval: [0.9, 1.1], p: 0.004, resolution: 0.1, rounds: 8 },
    ...{ verdict, gates: name === 'p95' || name === 'errors' },
  };
}

function comparison(verdict: Verdict, ...metrics: readonly ComparedMetric[]): Comparison {
  const findings = { fixed: [], remaining: [], introduced: [] };
  return {
    ...{ before: 'before', after: 'after', metrics, omitted: [], findings, resolution: 0.1 },
    ...{ verdict, margin: 0.1, floorMs: 1, design: 'sliced', causes: [], counts: [] },
  };
}

const verdicts = ({ metrics }: Comparison) => metrics.map((each) => `${each.name} ${each.verdict}`);

describe('an untrusted measurement', () => {
  it('makes every figure of time and the whole inconclusive, and keeps the figures', () => {
    const better = comparison(
      'IMPROVED',
      metric('p95', 'IMPROVED'),
      metric('throughput', 'OK'),
      metric('bytes', 'REGRESSED'),
    );
    const judged = withinTrust(better, untrusted);
    expect(judged.verdict).toBe('INCONCLUSIVE');
    expect(verdicts(judged)).toEqual(['p95 INCONCLUSIVE', 'throughput INCONCLUSIVE', 'bytes REGRESSED']);
    expect(judged.metrics[0]).toMatchObject({ before: 10, after: 20, change: 1, interval: [0.9, 1.1] });
  });

  it('does not make a regression of a latency one', () => {
    expect(withinTrust(comparison('REGRESSED', metric('p95', 'REGRESSED')), untrusted).verdict).toBe('INCONCLUSIVE');
    expect(withinTrust(comparison('OK', metric('p95', 'OK'), metric('errors', 'OK')), untrusted).verdict).toBe(
      'INCONCLUSIVE',
    );
  });

  it('is still regressed where its error rate is', () => {
    const failing = comparison('REGRESSED', metric('p95', 'IMPROVED'), metric('errors', 'REGRESSED'));
    expect(verdicts(withinTrust(failing, untrusted))).toEqual(['p95 INCONCLUSIVE', 'errors REGRESSED']);
    expect(withinTrust(failing, untrusted).verdict).toBe('REGRESSED');
  });

  it('leaves the verdict as it is where that was asked for, and records it', () => {
    const better = comparison('IMPROVED', metric('p95', 'IMPROVED'));
    const overridden = withOverride(untrusted, true);
    expect(overridden).toEqual({ ...untrusted, overridden: true });
    expect(withinTrust(better, overridden)).toBe(better);
    expect(withOverride(untrusted, false)).toBe(untrusted);
  });
});

describe('a trusted measurement', () => {
  it('stays as it is, and has nothing to override', () => {
    const better = comparison('IMPROVED', metric('p95', 'IMPROVED'));
    expect(withinTrust(better, trusted)).toBe(better);
    expect(withOverride(trusted, true)).toBe(trusted);
  });
});
