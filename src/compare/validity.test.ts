import { describe, expect, it } from 'vitest';
import type { EndpointRound, LoadArtifact } from '../model/load.ts';
import { createHistogram } from '../stats/histogram.ts';
import { judgeValidity } from './validity.ts';

function cell(rest: Partial<EndpointRound> = {}, latencyMs = 10): EndpointRound {
  const histogram = createHistogram();
  for (let request = 0; request < 100; request++) histogram.record(latencyMs * 1000);
  const latency = histogram.store();
  return { sent: 100, answered: 100, failed: 0, timedOut: 0, lost: 0, bytes: 1, latency, statuses: {}, ...rest };
}

function load(
  health: Partial<LoadArtifact['health']> = {},
  { rounds = 8, endpoints = { 'GET /a': cell() } as Record<string, EndpointRound>, ...rest } = {},
): LoadArtifact {
  return {
    connections: 10,
    rounds: Array.from({ length: rounds }, () => ({ durationMs: 4000, endpoints })),
    health: { utilization: 0.3, lagP95Ms: 0.2, lagP99Ms: 0.4, ...health },
    design: 'sliced',
    ...rest,
  };
}

function messages(first: LoadArtifact, gateErrors = 0.001) {
  return judgeValidity({ before: first, after: load() }, { metric: 'p95', errors: gateErrors }).warnings;
}

const gate = { metric: 'p95', errors: 0.001 } as const;

describe('judgeValidity', () => {
  it('trusts a quiet measurement without a word', () => {
    expect(judgeValidity({ before: load(), after: load() }, gate)).toEqual({ trusted: true, warnings: [] });
  });

  it('does not believe a generator that was busy above 85 %', () => {
    expect(messages(load({ utilization: 0.85 }))).toEqual([]);
    expect(judgeValidity({ before: load(), after: load({ utilization: 0.91 }) }, gate)).toMatchObject({
      trusted: false,
      warnings: [
        { level: 'untrusted', message: expect.stringMatching(/^the load generator was busy 91 % .*limit 85 %/) },
      ],
    });
  });

  it('allows a lag of a millisecond, or of 5 % of p50 where that is more', () => {
    expect(messages(load({ lagP95Ms: 1 }))).toEqual([]);
    expect(messages(load({ lagP95Ms: 1.4 }))[0]?.message).toMatch(/up to 1.4 ms late \(p95; limit 1 ms\)/);
    const slow = { endpoints: { 'GET /a': cell({}, 40) } };
    expect(messages(load({ lagP95Ms: 1.9 }, slow))).toEqual([]);
    expect(messages(load({ lagP95Ms: 2.2 }, slow))[0]?.message).toMatch(/limit 2 ms/);
  });

  it('minds a rare lag only where the gate looks at a tail as rare', () => {
    const rare = load({ lagP95Ms: 0.3, lagP99Ms: 1.7 });
    expect(messages(rare)).toEqual([]);
    expect(judgeValidity({ before: rare, after: rare }, { metric: 'p99', errors: 0 }).warnings).toEqual([
      { level: 'untrusted', message: expect.stringMatching(/1.7 ms late \(p99/) },
    ]);
  });

  it('does not believe a measurement that lost requests', () => {
    const lossy = load({}, { endpoints: { 'GET /a': cell({ sent: 1000, answered: 999, lost: 1 }) } });
    expect(messages(lossy, 0.01)).toEqual([
      { level: 'untrusted', message: expect.stringMatching(/^before: 8 requests of 8000 got no complete response/) },
    ]);
  });

  it('does not believe an endpoint that fails more than is tolerated, however rare it is', () => {
    const failing = load({}, { endpoints: { 'GET /a': cell({ sent: 99_900 }), 'GET /b': cell({ failed: 2 }) } });
    expect(messages(failing, 0.02)).toEqual([]);
    expect(messages(failing, 0.001)).toEqual([
      {
        level: 'untrusted',
        message: expect.stringMatching(/2 % of the requests to GET \/b failed \(16 of 800; limit 0.1 %\)/),
      },
    ]);
  });

  it('notes timeouts, which make the tail a lower bound', () => {
    const slow = load({}, { endpoints: { 'GET /a': cell({ timedOut: 1 }) } });
    expect(messages(slow, 0.05)).toEqual([
      { level: 'note', message: expect.stringMatching(/8 requests timed out and counted with the time waited/) },
    ]);
  });

  it('notes stolen time where variants took turns, and does not believe it where one was alone', () => {
    expect(messages(load({ stealShare: 0.05 }))).toEqual([]);
    expect(messages(load({ stealShare: 0.12 }))[0]).toMatchObject({
      level: 'note',
      message: expect.stringMatching(/took away 12 % of the machine's CPU time \(limit 5 %\)/),
    });
    const alone = judgeValidity({ default: load({ stealShare: 0.12 }, { design: 'alone' } as object) }, gate);
    expect(alone.trusted).toBe(false);
  });

  it('does not believe a pass without requests', () => {
    const silent = load({}, { endpoints: {} });
    expect(messages(silent)[0]).toEqual({ level: 'untrusted', message: 'before: no request was sent' });
    expect(messages(load({}, { rounds: 0 }))[0]?.level).toBe('untrusted');
  });

  it('notes rounds that are too few for a verdict, or for a narrow interval', () => {
    const withRounds = (rounds: number) =>
      judgeValidity({ before: load({}, { rounds }), after: load({}, { rounds }) }, gate).warnings;
    expect(withRounds(6)).toEqual([]);
    expect(withRounds(5)[0]?.message).toMatch(/5 rounds give wide intervals: 6 or more are wanted/);
    expect(withRounds(4)[0]?.message).toMatch(
      /4 rounds cannot prove a change of any of 1 endpoint: it takes at least 6 \(load.rounds\)/,
    );
  });

  it('wants more rounds for more endpoints: twelve is what eight can judge', () => {
    const endpoints = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`GET /${index}`, cell()]));
    const withEndpoints = (count: number) => {
      const each = load({}, { endpoints: endpoints(count) });
      return judgeValidity({ before: each, after: each }, gate).warnings;
    };
    expect(withEndpoints(12)).toEqual([]);
    expect(withEndpoints(13)[0]?.message).toMatch(
      /8 rounds cannot prove a change of any of 13 endpoints: .* at least 9/,
    );
  });

  it('says nothing of rounds where there is nothing to compare', () => {
    expect(judgeValidity({ default: load({}, { rounds: 2 }) }, gate).warnings).toEqual([]);
  });
});
