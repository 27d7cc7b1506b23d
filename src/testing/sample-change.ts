import type { EndpointChange } from '../compare/endpoint-change.ts';
import type { Gathered, PassArtifacts } from '../model/artifacts.ts';

/** What the passes gathered, as far as it is given; the rest is missing. */
export function gatheredOf(parts: Partial<PassArtifacts>): Gathered {
  const missing = { status: 'missing', reason: 'not part of this test' } as const;
  const keys = { load: missing, profile: missing, queries: missing, plans: missing, runtime: missing, http: missing };
  const given = Object.entries(parts).map(([key, value]) => [key, { status: 'gathered', value }]);
  return { ...keys, ...Object.fromEntries(given) } as Gathered;
}

/** `GET /orders` that got slower, or faster where `direction` says so, with what the passes gathered on both sides. */
export function changeOf(
  before: Partial<PassArtifacts>,
  after: Partial<PassArtifacts>,
  direction: EndpointChange['direction'] = 1,
): EndpointChange {
  return { endpoint: 'GET /orders', direction, metrics: [], before: gatheredOf(before), after: gatheredOf(after) };
}
