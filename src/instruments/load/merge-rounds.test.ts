import { describe, expect, it } from 'vitest';
import type { LoadRound, SecondCounts } from '../../model/load.ts';
import { endpointRound, histogramOf, loadRound } from '../../testing/sample-rounds.ts';
import { mergeRounds } from './merge-rounds.ts';

const second = (index: number, ...timesMs: readonly number[]) => ({
  second: index,
  endpoints: { 'GET /a': { answered: timesMs.length, unsuccessful: 1, responseTime: histogramOf(timesMs) } },
});

const merged = (...rounds: readonly Partial<LoadRound>[]) =>
  mergeRounds(rounds.map((round, index) => ({ round: loadRound(round), connections: index + 1 })));

describe('mergeRounds', () => {
  it('adds the counts of every kind, and the histograms', () => {
    const first = endpointRound({
      answered: 3,
      responseTime: histogramOf([1, 2, 3]),
      failed: 1,
      lost: 1,
      failures: { 'status 500': 1 },
      troubles: { ECONNRESET: 1 },
      statuses: { 200: 2, 500: 1 },
    });
    const other = endpointRound({
      answered: 2,
      responseTime: histogramOf([4, 5]),
      unsent: 4,
      timedOut: 1,
      statuses: { 200: 2 },
    });
    const { endpoints } = merged(
      { endpoints: { 'GET /a': first } },
      { endpoints: { 'GET /a': other, 'GET /b': first } },
    );
    expect(endpoints['GET /a']).toEqual({
      due: 11,
      sent: 7,
      unsent: 4,
      answered: 5,
      failed: 1,
      timedOut: 1,
      lost: 1,
      bytes: 5000,
      responseTime: histogramOf([1, 2, 3, 4, 5]),
      serviceTime: histogramOf([1, 2, 3, 4, 5]),
      statuses: { 200: 4, 500: 1 },
      failures: { 'status 500': 1 },
      troubles: { ECONNRESET: 1 },
    });
    expect(endpoints['GET /b']).toEqual(first);
  });

  it('puts the same seconds together, in order', () => {
    const { seconds } = merged({ seconds: [second(0, 1), second(2, 3)] }, { seconds: [second(0, 2), second(1, 9)] });
    expect(seconds.map((each) => each.second)).toEqual([0, 1, 2]);
    const expected: SecondCounts = { answered: 2, unsuccessful: 2, responseTime: histogramOf([1, 2]) };
    expect(seconds[0]?.endpoints['GET /a']).toEqual(expected);
  });

  it('takes the mean duration over the connections of the closed model', () => {
    expect(merged({ durationMs: 1000 }, { durationMs: 4000 })).toMatchObject({ durationMs: 3000 });
    expect(merged({ durationMs: 1000 })).not.toHaveProperty('arrivals');
  });

  it('takes the longest duration of the open one, and adds the arrivals', () => {
    const arrivals = { wanted: 10, begun: 9 };
    expect(merged({ durationMs: 4000, arrivals }, { durationMs: 3999, arrivals })).toMatchObject({
      durationMs: 4000,
      arrivals: { wanted: 20, begun: 18 },
    });
  });
});
