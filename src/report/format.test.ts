import { describe, expect, it } from 'vitest';
import type { ComparedMetric } from '../model/comparison.ts';
import {
  formatBytes,
  formatChange,
  formatComparedInterval,
  formatCount,
  formatMetric,
  formatMs,
  formatPoints,
  formatRate,
  formatShare,
  formatSpeedup,
  formatSteps,
  formatTime,
  plural,
} from './format.ts';

const compared = (change: number, low: number, high: number, name: ComparedMetric['name'] = 'p95'): ComparedMetric => ({
  name,
  endpoint: 'GET /',
  unit: 'ms',
  better: 'lower',
  before: 1,
  after: 1,
  change,
  interval: [low, high],
  p: 1,
  resolution: 0.05,
  rounds: 8,
  verdict: 'OK',
  gates: true,
});

describe('numbers in reports', () => {
  it.each([
    [0, '0 ms'],
    [0.0042, '4.2 µs'],
    [0.42, '420 µs'],
    [0.99949, '999 µs'],
    [0.9996, '1.00 ms'],
    [84.24, '84.2 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min'],
    [98_400, '1 min 38 s'],
    [-2.5, '−2.50 ms'],
    [Number.NaN, 'n/a'],
  ])('writes %d ms as %s', (ms, text) => expect(formatMs(ms)).toBe(text));

  it.each([
    [0, '0 %'],
    [0.00001, '< 0.01 %'],
    [0.0005, '0.05 %'],
    [0.042, '4.2 %'],
    [0.0994, '9.9 %'],
    [0.0996, '10 %'],
    [0.864, '86 %'],
  ])('writes the share %d as %s', (share, text) => expect(formatShare(share)).toBe(text));

  it('writes bytes in the unit that suits them, and rounds up into the next unit', () => {
    expect([312, 999, 999.6, 48_230, 999_600, 3_100_000].map(formatBytes)).toEqual([
      '312 B',
      '999 B',
      '1.00 kB',
      '48.2 kB',
      '1.00 MB',
      '3.10 MB',
    ]);
  });

  it('writes a change with its sign, never minus zero, and a manifold one as a factor', () => {
    expect([-0.864, 0.123, -0.001, 0, 12].map(formatChange)).toEqual(['−86 %', '+12 %', '0 %', '0 %', '×13']);
  });

  it('writes a change with its interval, with a decimal only where the interval is narrow', () => {
    expect(formatComparedInterval(compared(-0.864, -0.88, -0.84))).toBe('−86 % (−88 … −84)');
    expect(formatComparedInterval(compared(0.012, 0.008, 0.016))).toBe('+1.2 % (+0.8 … +1.6)');
    expect(formatComparedInterval(compared(-0.0993, -0.1001, -0.0985))).toBe('−9.9 % (−10.0 … −9.8)');
    expect(formatComparedInterval(compared(-0.863, -0.868, -0.858))).toBe('−86 % (−87 … −86)');
    expect(formatComparedInterval(compared(Number.NaN, 0, 0))).toBe('n/a');
  });

  it('writes a change of the error rate in points, since it is a difference of shares', () => {
    expect(formatComparedInterval(compared(0.02, 0.011, 0.029, 'errors'))).toBe('+2.0 points (+1.1 … +2.9)');
  });

  it('writes small points with the decimals by which a gate of 0.1 % decides', () => {
    expect(formatComparedInterval(compared(0.0008, 0.0002, 0.0014, 'errors'))).toBe('+0.08 points (+0.02 … +0.14)');
    expect(formatComparedInterval(compared(0, 0, 0, 'errors'))).toBe('0.0 points (0.0 … 0.0)');
    expect([formatPoints(0.001), formatPoints(0.02)]).toEqual(['0.1 points', '2 points']);
  });

  it('does not write a fall to nearly nothing as one to nothing', () => {
    expect([-0.9953, -0.99968, -1].map(formatChange)).toEqual(['−99.5 %', '−99.97 %', '−100 %']);
    expect(formatComparedInterval(compared(-0.9995, -0.9997, -0.9991))).toBe('−99.95 % (−99.97 … −99.9)');
  });

  it('writes each metric in its unit, and n/a where there is no value', () => {
    expect(formatMetric(0.12, '%')).toBe('0.12 %');
    expect(formatMetric(221.4, 'req/s')).toBe('221/s');
    expect(formatMetric(5120, 'µs/req')).toBe('5.12 ms');
    expect(formatMetric(96.24, 'MB')).toBe('96.2 MB');
    expect(formatMetric(2048, 'B/req')).toBe('2.05 kB');
    expect(formatMetric(null, 'ms')).toBe('n/a');
  });

  it('writes counts, rates, speedups, steps, plurals and times', () => {
    expect([formatCount(1_000_000), formatCount(-0.2), formatCount(-1234)]).toEqual(['1,000,000', '0', '−1,234']);
    expect([formatRate(0.25), formatRate(1), formatRate(100)]).toEqual(['0.25', '1', '100']);
    expect([formatSpeedup(70.9, 0.38), formatSpeedup(3, 2), formatSpeedup(1, 0)]).toEqual(['187×', '1.5×', 'n/a']);
    expect([formatSteps(['101', '2']), formatSteps(['1', '1']), formatSteps([])]).toEqual(['101 → 2', '1', '']);
    expect([plural(1, 'round'), plural(8, 'round')]).toEqual(['1 round', '8 rounds']);
    expect([formatTime('2026-03-14T09:26:11.000Z'), formatTime('soon')]).toEqual(['2026-03-14 09:26 UTC', 'soon']);
  });
});
