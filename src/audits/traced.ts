import type { QueriesArtifact, Statement } from '../model/queries.ts';

/** Why the trace pass proves nothing, not even that a fault is absent; `undefined` where it does. */
export function notTraced({ requests }: QueriesArtifact): string | undefined {
  if (requests.length === 0) return 'no request was traced';
  if (requests.every(({ status }) => status >= 400)) return 'every traced request was answered with an error';
  return undefined;
}

/** Drivers and ORMs read the catalogue when they connect: that is nothing the endpoint does. */
export function readsSystemTables({ tables }: Statement): boolean {
  return tables.length > 0 && tables.every((table) => /^(?:pg_|information_schema\.)/.test(table));
}
