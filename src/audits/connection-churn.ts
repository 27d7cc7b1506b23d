import { defineAudit } from '../model/audit.ts';
import { type Finding, severityOfSaving } from '../model/finding.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { type QueriesArtifact, requestsOf } from '../model/queries.ts';
import { notTraced } from './traced.ts';

/**
 * Requests open connections to the database instead of using those that are open.
 *
 * Connections that a pool opens once are open by then: before the requests that count, each flow has been walked, and
 * each of its reads was sent several times at once. `minRequests` is 3 and `minShare` 0.5: a pool that grows, or that
 * replaces a connection, opens one now and then.
 */
export const connectionChurn = defineAudit({
  id: 'connection-churn',
  technique: 'pooling',
  title: 'Connections to the database are kept open',
  failureTitle: 'Requests open connections to the database',
  why: 'Opening one costs several round trips, a login and a process of the server, before the first row is read.',
  fix: 'Share one pool per process, opened when it starts; between many processes and the server, a pooler (PgBouncer).',
  requires: ['queries', 'plans'],
  defaults: { minRequests: 3, minShare: 0.5 },

  run({ queries, plans }, { minRequests, minShare }) {
    const reason = notTraced(queries);
    if (reason) return { inconclusive: reason };
    if (queries.requests.some(({ connectionsOpened }) => connectionsOpened === undefined)) {
      return { inconclusive: 'the connections that requests opened were not counted' };
    }
    const endpoints = [...new Set(queries.requests.map(({ endpoint }) => endpoint))];
    return endpoints.flatMap((endpoint) => {
      const opened = requestsOf(queries, endpoint).map(({ connectionsOpened = 0 }) => connectionsOpened);
      const churning = opened.filter((count) => count > 0).length;
      if (churning < minRequests || churning < minShare * opened.length) return [];
      return [toFinding(endpoint, opened, queries, plans)];
    });
  },
});

function toFinding(
  endpoint: string,
  opened: readonly number[],
  queries: QueriesArtifact,
  { server: { connectMs } }: PlansArtifact,
): Finding {
  const churning = opened.filter((count) => count > 0).length;
  const sum = opened.reduce((total, count) => total + count, 0);
  // A request that opens several at once waits for them together.
  const saving = connectMs === undefined ? undefined : (connectMs * churning) / opened.length;
  const statements = requestsOf(queries, endpoint).reduce((total, { executions }) => total + executions.length, 0);
  return {
    key: `connection-churn|${endpoint}`,
    audit: 'connection-churn',
    endpoint,
    severity: severityOfSaving(saving),
    grade: 'proven',
    summary:
      `${churning} of ${opened.length} requests opened ${sum === churning ? 'a connection' : `${sum} connections`} to the database` +
      (connectMs === undefined ? '' : `, which takes ${connectMs.toFixed(1)} ms each`),
    ...(saving !== undefined && { savingMs: saving }),
    evidence: [
      {
        kind: 'table',
        label: 'one request after the other, when the service was warm',
        columns: ['requests', 'connections opened', 'statements'],
        rows: [[opened.length, sum, statements]],
      },
      {
        kind: 'text',
        text:
          connectMs === undefined
            ? 'What it takes to open one was not measured.'
            : `Opening one took ${connectMs.toFixed(1)} ms: median of 5, login included, on an idle server with nothing attached.`,
      },
    ],
  };
}
