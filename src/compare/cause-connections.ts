import type { HttpArtifact } from '../model/http.ts';
import { type QueriesArtifact, requestsOf } from '../model/queries.ts';
import { bothSides, type CauseCandidate, type EndpointChange, movedBy, type Step } from './endpoint-change.ts';
import { stepText } from './figures.ts';

/** Half of the requests: pools and servers renew a connection now and then, which is no churn. */
const enough = { least: 0.5, share: 0 } as const;

/** Of fewer requests, each on the connection of a pool that hands them out in turn, nothing can be told. */
const fewestRequests = 3;

/** Connections that each request opens anew: of the client, where keep-alive was lost, and to the database. */
export function causesInConnections(change: EndpointChange): readonly CauseCandidate[] {
  return [...clientConnections(change), ...databaseConnections(change)];
}

function clientConnections(change: EndpointChange): readonly CauseCandidate[] {
  const closed = bothSides(change, 'http')?.map((side) => closedShare(side, change.endpoint));
  const [was, is] = closed ?? [];
  if (was === undefined || is === undefined || !movedBy(change, [was, is], enough)) return [];
  const summary =
    change.direction === 1
      ? 'keep-alive was lost: the service closes the connection after a response, and the next request opens another'
      : 'keep-alive was gained: the service no longer closes the connection after each response';
  return [{ kind: 'connections', summary }];
}

function closedShare({ responses }: HttpArtifact, endpoint: string): number | undefined {
  const own = responses.filter((response) => response.endpoint === endpoint);
  if (own.length === 0) return undefined;
  return own.filter(({ keepAlive }) => !keepAlive).length / own.length;
}

function databaseConnections(change: EndpointChange): readonly CauseCandidate[] {
  const queries = bothSides(change, 'queries');
  if (!queries || queries.some((side) => requestsOf(side, change.endpoint).length < fewestRequests)) return [];
  const opened: Step = [openedPerRequest(queries[0], change.endpoint), openedPerRequest(queries[1], change.endpoint)];
  if (!movedBy(change, opened, enough)) return [];
  const connectMs = timesToConnect(change);
  return [
    {
      kind: 'connections',
      summary: `database connections opened per request ${stepText(opened)}`,
      // A request that opens several may do so at once: only the first is sure to make it wait.
      ...(connectMs && { explainsMs: Math.min(1, opened[1]) * connectMs[1] - Math.min(1, opened[0]) * connectMs[0] }),
    },
  ];
}

/** What it takes to open one, as the explain pass measured it; of the one side where the other does not tell. */
function timesToConnect(change: EndpointChange): Step | undefined {
  const times = [change.before.plans, change.after.plans].map((plans) =>
    plans.status === 'missing' ? undefined : plans.value.server.connectMs,
  );
  const [before, after] = [times[0] ?? times[1], times[1] ?? times[0]];
  return before === undefined || after === undefined ? undefined : [before, after];
}

/** As they were counted; of a run without that count, those that no other request used. */
function openedPerRequest(queries: QueriesArtifact, endpoint: string): number {
  const counts = requestsOf(queries, endpoint).map(({ connectionsOpened }) => connectionsOpened);
  if (counts.length === 0 || counts.includes(undefined)) return unshared(queries, endpoint);
  return counts.reduce<number>((sum, count = 0) => sum + count, 0) / counts.length;
}

/**
 * Connections per request on which only that one request was ever heard.
 *
 * A pool's connection serves the next request too; one that was opened for a request and closed after it does not.
 */
function unshared(queries: QueriesArtifact, endpoint: string): number {
  const users = new Map<number, number>();
  const connectionsOf = (executions: readonly { readonly connection: number }[]) =>
    new Set(executions.map(({ connection }) => connection));
  for (const { executions } of queries.requests) {
    for (const connection of connectionsOf(executions)) users.set(connection, (users.get(connection) ?? 0) + 1);
  }
  const own = requestsOf(queries, endpoint);
  const single = own.flatMap(({ executions }) => [...connectionsOf(executions)].filter((id) => users.get(id) === 1));
  return own.length === 0 ? 0 : single.length / own.length;
}
