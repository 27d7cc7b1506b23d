import type { QueriesArtifact } from '../model/queries.ts';

/** Why the trace pass proves nothing, not even that a fault is absent; `undefined` where it does. */
export function notTraced({ requests }: QueriesArtifact): string | undefined {
  if (requests.length === 0) return 'no request was traced';
  if (requests.every(({ status }) => status >= 400)) return 'every traced request was answered with an error';
  return undefined;
}
