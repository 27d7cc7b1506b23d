import type { PlansArtifact } from '../model/plans.ts';
import type { QueriesArtifact } from '../model/queries.ts';
import { notTraced } from './traced.ts';

/** Why the plans prove nothing, not even that a fault is absent; `undefined` where they do. Writes are never executed. */
export function notExplained(queries: QueriesArtifact, plans: PlansArtifact): string | undefined {
  const reason = notTraced(queries);
  if (reason) return reason;
  const reads = new Set(queries.statements.filter(({ kind }) => kind === 'select').map((read) => read.fingerprint));
  if (reads.size === 0) return undefined;
  const explained = plans.statements.filter(({ fingerprint }) => reads.has(fingerprint));
  if (explained.some(({ status }) => status === 'analyzed')) return undefined;
  const [first] = explained;
  return first && first.status !== 'analyzed'
    ? `no statement could be executed: ${first.reason}`
    : 'no statement was explained';
}
