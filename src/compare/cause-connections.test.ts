import { expect, test } from 'vitest';
import type { HttpArtifact } from '../model/http.ts';
import { execution, plansOf, queriesOf, request, statement } from '../testing/artifacts.ts';
import { changeOf } from '../testing/sample-change.ts';
import { causesInConnections } from './cause-connections.ts';

const responses = (...kept: readonly boolean[]): HttpArtifact => ({
  responses: kept.map((keepAlive) => ({
    ...{ endpoint: 'GET /orders', status: 200, bodyBytes: 10, contentType: 'text/plain', contentEncoding: '' },
    ...{ cacheControl: '', hasValidator: false, keepAlive },
  })),
});

const ofHttp = (before: HttpArtifact, after: HttpArtifact, direction: 1 | -1 = 1) =>
  causesInConnections(changeOf({ http: before }, { http: after }, direction));

const orders = statement(0, 'SELECT id FROM orders');

/** Requests by the connections that each uses. */
const onConnections = (...requests: readonly (readonly number[])[]) =>
  queriesOf(
    [orders],
    requests.map((connections) => request(connections.map((connection) => execution(orders, { connection })))),
  );

const ofDatabase = (before: ReturnType<typeof onConnections>, after: ReturnType<typeof onConnections>) =>
  causesInConnections(changeOf({ queries: before }, { queries: after })).map(({ summary }) => summary);

test('keep-alive that was lost is a cause of a regression, keep-alive that was gained of an improvement', () => {
  const [kept, closed] = [responses(true, true, true), responses(false, false, false)];
  expect(ofHttp(kept, closed)).toEqual([
    { kind: 'connections', summary: expect.stringMatching(/^keep-alive was lost/) },
  ]);
  expect(ofHttp(closed, kept, -1)).toEqual([
    { kind: 'connections', summary: expect.stringMatching(/^keep-alive was gained/) },
  ]);
  expect(ofHttp(closed, kept, 1)).toEqual([]);
});

test('a server that closes every third connection, or always closed, has lost nothing', () => {
  const closed = responses(false, false, false);
  expect(ofHttp(responses(true, true, true), responses(true, true, false))).toEqual([]);
  expect(ofHttp(closed, closed)).toEqual([]);
});

test('a database connection for each request is told', () => {
  expect(ofDatabase(onConnections([0], [0], [0]), onConnections([1, 1], [2, 2], [3, 3]))).toEqual([
    'database connections opened per request 0 → 1',
  ]);
});

test('a database connection for each request explains as much as it takes to open one', () => {
  const plans = plansOf({ server: { version: '18.0', database: 'shop', connectMs: 9.5 } });
  const [was, is] = [onConnections([0], [0], [0]), onConnections([1, 2], [3, 4], [5, 6])];
  expect(causesInConnections(changeOf({ queries: was, plans }, { queries: is, plans }))).toMatchObject([
    { explainsMs: 9.5, summary: 'database connections opened per request 0 → 2' },
  ]);
});

test('a pool whose connections several requests use opens none', () => {
  expect(ofDatabase(onConnections([0], [0], [0], [0]), onConnections([0, 1], [1, 2], [2, 0], [0, 3]))).toEqual([]);
  expect(ofDatabase(onConnections([0], [0]), onConnections([1], [2]))).toEqual([]);
});
