import { describe, expect, it } from 'vitest';
import type { EndpointRound, LoadArtifact, LoadRound } from '../model/load.ts';
import { endpointRound, histogramOf, loadArtifact, loadRound } from '../testing/sample-rounds.ts';
import { judgeValidity } from './validity.ts';

interface Given extends Partial<Omit<LoadArtifact, 'rounds'>> {
  readonly rounds?: number;
  readonly endpoints?: Readonly<Record<string, EndpointRound>>;
  readonly round?: Partial<LoadRound>;
}

function load(health: Partial<LoadArtifact['health']> = {}, given: Given = {}): LoadArtifact {
  const { rounds = 8, endpoints = { 'GET /a': endpointRound() }, round = {}, ...rest } = given;
  return loadArtifact({
    health: { ...loadArtifact().health, ...health },
    rounds: Array.from({ length: rounds }, () => loadRound({ endpoints, ...round })),
    ...rest,
  });
}

const gate = { metric: 'p95', errors: 0.001, floorMs: 1 } as const;

function messages(first: LoadArtifact, gateErrors = 0.001) {
  return judgeValidity({ before: first, after: load() }, { ...gate, errors: gateErrors }).warnings;
}

describe('judgeValidity', () => {
  it('trusts a quiet measurement without a word', () => {
    expect(judgeValidity({ before: load(), after: load() }, gate)).toEqual({ trusted: true, warnings: [] });
  });

  it('does not believe a generator that was busy above 85 %', () => {
    expect(messages(load({ utilization: 0.85 }))).toEqual([]);
    expect(judgeValidity({ before: load(), after: load({ utilization: 0.91 }) }, gate)).toMatchObject({
      trusted: false,
      warnings: [
        { level: 'untrusted', message: expect.stringMatching(/^after: the load generator was busy 91 % .*limit 85 %/) },
      ],
    });
    expect(messages(load({ utilization: 0.91, threads: 4 }))[0]?.message).toMatch(
      /^before: the busiest of the load generator's 4 threads was busy 91 %/,
    );
  });

  it('says once what is true of the generator in all variants', () => {
    const busy = load({ utilization: 0.91 });
    const { warnings } = judgeValidity({ before: busy, after: busy }, gate);
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/^the load generator was busy/)]);
  });

  it('allows a lag of a millisecond, or of 5 % of p50 where that is more', () => {
    expect(messages(load({ lagP95Ms: 1 }))).toEqual([]);
    expect(messages(load({ lagP95Ms: 1.4 }))[0]?.message).toMatch(/up to 1.4 ms late \(p95; limit 1 ms\)/);
    const slow = { endpoints: { 'GET /a': endpointRound({ responseTime: histogramOf([40, 40, 40]) }) } };
    expect(messages(load({ lagP95Ms: 1.9 }, slow))).toEqual([]);
    expect(messages(load({ lagP95Ms: 2.2 }, slow))[0]?.message).toMatch(/limit 2 ms/);
  });

  it('minds a rare lag only where the gate looks at a tail as rare', () => {
    const rare = load({ lagP95Ms: 0.3, lagP99Ms: 1.7 });
    expect(messages(rare)).toEqual([]);
    expect(judgeValidity({ before: rare, after: rare }, { ...gate, metric: 'p99', errors: 0 }).warnings).toEqual([
      { level: 'untrusted', message: expect.stringMatching(/1.7 ms late \(p99/) },
    ]);
  });

  it('does not believe a measurement that lost requests, and says how', () => {
    const lossy = load(
      {},
      { endpoints: { 'GET /a': endpointRound({ answered: 999, lost: 1, troubles: { EPIPE: 1 } }) } },
    );
    expect(messages(lossy, 0.01)).toEqual([
      {
        level: 'untrusted',
        message:
          "before: 8 requests of 8000 got no complete response (limit 0; 8 × EPIPE), and what they would have taken is unknown; see the service's output",
      },
    ]);
  });

  it('does not believe a measurement that could not send requests, with what to do', () => {
    const unsentFor = (troubles: EndpointRound['troubles']) =>
      messages(load({}, { endpoints: { 'GET /a': endpointRound({ answered: 997, unsent: 3, troubles }) } }), 0.01);
    expect(unsentFor({ 'no connection was free': 3 })).toEqual([
      {
        level: 'untrusted',
        message:
          'before: 24 requests of 8000 could not be sent (limit 0; 24 × no connection was free), and what they would have taken is unknown; raise load.connections or lower the rate',
      },
    ]);
    expect(unsentFor({ ECONNREFUSED: 3 })[0]?.message).toMatch(/24 × ECONNREFUSED\).*see the service's output$/);
  });

  describe('of the open model', () => {
    const phase = { fromPerS: 1000, toPerS: 1000, warmup: false };
    const model = { kind: 'open', phases: [phase], arrivals: 'even', connections: 50 } as const;
    const withArrivals = (begun: number, cell: Partial<EndpointRound> = {}) =>
      messages(
        load({}, { model, endpoints: { 'GET /a': endpointRound(cell) }, round: { arrivals: { wanted: 4000, begun } } }),
        0.1,
      ).map(({ message }) => message);

    it('believes a rate that was reached by 98 %', () => {
      expect(withArrivals(3920)).toEqual([]);
    });

    it('does not believe one that was not, and names the limit of connections', () => {
      expect(withArrivals(1648)).toEqual([
        'before: the rate was not reached: 412 of 1000 flows per second were begun (41.2 %; limit 98 %); the others waited for a connection, of which there were at most 50; raise load.connections if the service is to be asked for more at a time, else lower the rate',
      ]);
    });

    it('says that the service took no more connections where it did not', () => {
      const [rate, unsent] = withArrivals(3900, { unsent: 9, troubles: { ECONNREFUSED: 9 } });
      expect(rate).toMatch(
        /975 of 1000 .* \(97.5 %; .*the service took no more connections \(72 × ECONNREFUSED\); lower the rate$/,
      );
      expect(unsent).toMatch(/72 requests of 872 could not be sent/);
    });

    it('advises to lower the rate where the generator cannot keep up', () => {
      expect(messages(load({ utilization: 0.99 }, { model }))[0]?.message).toMatch(/lower the rate$/);
    });
  });

  it('notes that a certificate was not verified', () => {
    const insecure = load({}, { insecure: true });
    expect(judgeValidity({ before: insecure, after: insecure }, gate)).toEqual({
      trusted: true,
      warnings: [{ level: 'note', message: 'the certificate of the service was not verified' }],
    });
  });

  it('notes a response time that moves within rounds', () => {
    const seconds = Array.from({ length: 8 }, (_, second) => ({
      second,
      endpoints: { 'GET /a': { answered: 1, unsuccessful: 0, responseTime: histogramOf([10 + 2 * second]) } },
    }));
    expect(messages(load({}, { round: { durationMs: 8000, seconds } }))).toEqual([
      { level: 'note', message: expect.stringMatching(/^before: GET \/a degraded: .* 11 ms to 23 ms \(\+109 %\)/) },
    ]);
  });

  it('does not believe an endpoint that fails more than is tolerated, however rare it is, and says why it fails', () => {
    const failures = { 'status 500': 5, 'no $.token': 2, 'status 404': 1 };
    const failing = load(
      {},
      {
        endpoints: {
          'GET /a': endpointRound({ answered: 99_900, responseTime: histogramOf([10]) }),
          'GET /b': endpointRound({ failed: 8, failures }),
        },
      },
    );
    expect(messages(failing, 0.08)).toEqual([]);
    expect(messages(failing, 0.001)).toEqual([
      {
        level: 'untrusted',
        message: expect.stringMatching(
          /8 % of the requests to GET \/b failed \(64 of 800: 40 × status 500, 16 × no \$\.token; limit 0.1 %\)/,
        ),
      },
    ]);
  });

  it('notes timeouts, which make the tail a lower bound', () => {
    const slow = load({}, { endpoints: { 'GET /a': endpointRound({ answered: 99, timedOut: 1 }) } });
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
    const alone = judgeValidity({ default: load({ stealShare: 0.12 }, { design: 'alone' }) }, gate);
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
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`GET /${index}`, endpointRound()]));
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
