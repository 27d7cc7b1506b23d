import type { QueriesArtifact } from '../model/queries.ts';

/** Why the trace pass proves nothing, not even that a fault is absent; `undefined` where it does. */
export function notTraced({ requests, source }: QueriesArtifact): string | undefined {
  if (requests.length === 0) return 'no request was traced';
  if (requests.every(({ status }) => status >= 400)) return 'every traced request was answered with an error';
  if (source === 'pg_stat_statements')
    return 'pg_stat_statements tells how often statements ran, not with which values';
  return undefined;
}
