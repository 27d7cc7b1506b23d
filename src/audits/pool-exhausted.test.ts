import { describe, expect, test } from 'vitest';
import type { LoneRequest, PoolWindow } from '../model/bursts.ts';
import type { LoadArtifact } from '../model/load.ts';
import { execution, queriesOf, request, statement } from '../testing/artifacts.ts';
import { endpointRound, histogramOf, loadArtifact, loadRound } from '../testing/sample-rounds.ts';
import { poolExhausted } from './pool-exhausted.ts';

const begin = statement(0, 'BEGIN', { kind: 'transaction' });
const read = statement(1, 'SELECT cents FROM orders WHERE id = $1');
const commit = statement(2, 'COMMIT', { kind: 'transaction' });
const statements = [begin, read, commit];

/** A transaction of 20 ms with one read of 1 ms in it. */
const held = [
  execution(begin, { startMs: 1, durationMs: 0.5 }),
  execution(read, { startMs: 2, durationMs: 1, inTransaction: true }),
  execution(commit, { startMs: 20, durationMs: 1, inTransaction: true }),
];

const window = (more: Partial<PoolWindow> = {}): PoolWindow => ({
  ...{ users: 16, durationMs: 600, leftInTransaction: 0 },
  open: Array.from({ length: 100 }, () => 2),
  held: Array.from({ length: 100 }, () => 2),
  statements: [{ fingerprint: read.fingerprint, executions: 60, medianMs: 1.1 }],
  ...more,
});

const underLoad = (ms: number, model: LoadArtifact['model'] = { kind: 'closed', connections: 16 }): LoadArtifact => {
  const serviceTime = histogramOf(Array.from({ length: 100 }, () => ms));
  return loadArtifact({ model, rounds: [loadRound({ endpoints: { 'GET /orders': endpointRound({ serviceTime }) } })] });
};

function audit({ pool = window(), load = underLoad(160), executions = held } = {}) {
  const requests = [1, 2, 3].map(() => request(executions, { durationMs: 22 }));
  return poolExhausted.run({ load, queries: { ...queriesOf(statements, requests), pool } }, poolExhausted.defaults);
}

describe('requests that wait for a connection', () => {
  test('are proven where each has a connection for no longer than alone', () => {
    expect(audit()).toMatchObject([
      {
        key: 'pool-exhausted|GET /orders',
        endpoint: 'GET /orders',
        grade: 'proven',
        severity: 'high',
        summary: expect.stringMatching(
          /^16 users share 2 connections: a request takes 1\d\d\.\d ms .* 22\.0 ms alone$/,
        ),
        evidence: [
          { rows: [[2, '100 %', '20.0 ms']] },
          {
            text: expect.stringMatching(
              /connection for 20\.\d ms .*, alone for 20\.0 ms: what it takes longer is the wait/,
            ),
          },
          { kind: 'text' },
        ],
      },
    ]);
    const [finding] = audit() as readonly { savingMs: number }[];
    expect(finding?.savingMs).toBeCloseTo(138, -1);
  });

  test('are likely where something else is waited for too, or users come by the clock', () => {
    expect(audit({ load: underLoad(209) })).toMatchObject([{ grade: 'likely' }]);
    const open = underLoad(160, { kind: 'open', phases: [], arrivals: 'even', connections: 16 });
    expect(audit({ load: open })).toMatchObject([{ grade: 'likely' }]);
  });
});

describe('not accused is a pool', () => {
  test.each<[string, Parameters<typeof audit>[0]]>([
    ['of which a connection is free now and then', { pool: window({ held: [2, 2, 1, 1, 2] }) }],
    ['with a connection for each user', { pool: window({ users: 2 }) }],
    ['that was never opened', { pool: window({ open: [0], held: [0] }) }],
    ['whose requests take no longer than alone', { load: underLoad(43) }],
    [
      'in front of a database that is short itself',
      { pool: window({ statements: [{ fingerprint: read.fingerprint, executions: 60, medianMs: 3.1 }] }) },
    ],
    ['that the requests do not use', { executions: [] }],
  ])('%s', (_, given) => {
    expect(audit(given)).toEqual([]);
  });
});

test('connections that stay within a transaction are a leak', () => {
  expect(audit({ pool: window({ leftInTransaction: 1 }) })).toMatchObject([
    { key: 'pool-exhausted|leak', grade: 'proven', summary: expect.stringMatching(/^1 of 2 connections stayed/) },
  ]);
});

describe('a request alone that gets no connection, though all are idle', () => {
  const stuck: LoneRequest = {
    ...{ endpoint: 'GET /orders', status: 500, durationMs: 3000, statements: 0, open: 4, held: 0 },
  };
  const auditAfter = (more: Partial<LoneRequest> = {}, executions = held) =>
    audit({ pool: window({ users: 2, afterwards: [{ ...stuck, ...more }] }), executions });

  test('tells of connections that were not given back', () => {
    expect(auditAfter()).toMatchObject([
      {
        key: 'pool-exhausted|not-given-back',
        grade: 'possible',
        summary: expect.stringMatching(
          /to GET \/orders, waited 3\.0 s, sent no statement and was answered with 500, .*all 4 connections/,
        ),
      },
    ]);
    const { status, ...unanswered } = stuck;
    expect(audit({ pool: window({ afterwards: [unanswered] }) })).toMatchObject([
      { summary: expect.stringContaining('sent no statement and got no answer') },
    ]);
  });

  test.each<[string, Partial<LoneRequest>]>([
    ['is refused at once, as by a circuit breaker', { durationMs: 499 }],
    ['is answered', { status: 200 }],
    ['is not found', { status: 404 }],
    ['sent a statement', { statements: 1 }],
    ['finds a connection held', { held: 1 }],
    ['finds none open', { open: 0 }],
  ])('tells nothing where it %s', (_, more) => {
    expect(auditAfter(more)).toEqual([]);
  });

  test('tells nothing where the request never asks the database', () => {
    expect(auditAfter({}, [])).toEqual([]);
  });
});

test('times of a load in which most requests failed tell nothing, unless the wait shows all the same', () => {
  const load = (failed: number, ms = 10) => {
    const serviceTime = histogramOf(Array.from({ length: 100 }, () => ms));
    return loadArtifact({
      rounds: [loadRound({ endpoints: { 'GET /orders': endpointRound({ failed, serviceTime }) } })],
    });
  };
  expect(audit({ load: load(51) })).toEqual({
    inconclusive: '51 % of the requests had no good answer under load',
  });
  expect(audit({ load: load(50) })).toEqual([]);
  expect(audit({ load: load(51, 160) })).toMatchObject([{ key: 'pool-exhausted|GET /orders' }]);
});

test('a pool that was not watched proves nothing', () => {
  const queries = queriesOf(statements, [request(held)]);
  expect(poolExhausted.run({ load: underLoad(160), queries }, poolExhausted.defaults)).toMatchObject({
    inconclusive: expect.stringContaining('not watched'),
  });
});
