import type { ParentColumn } from '../model/parent-column.ts';
import type { RepeatedStatement, Statement } from '../model/queries.ts';

/** What one statement did in the traced requests of one endpoint. */
export interface EndpointStatement {
  readonly endpoint: string;
  readonly statement: Statement;
  readonly occurrences: readonly RepeatedStatement[];
}

/** A loop of an endpoint with the column that fed it. */
export interface EndpointLoop extends EndpointStatement {
  readonly parent: ParentColumn | undefined;
}

/** Gathers the repeats of many requests, so that a fault of an endpoint is told once. */
export function byEndpointAndStatement(repeats: readonly RepeatedStatement[]): readonly EndpointStatement[] {
  const groups = new Map<string, { endpoint: string; statement: Statement; occurrences: RepeatedStatement[] }>();
  for (const repeat of repeats) {
    const { endpoint } = repeat.request;
    const key = `${endpoint}\u0000${repeat.statement.id}`;
    const group = groups.get(key);
    if (group) group.occurrences.push(repeat);
    else groups.set(key, { endpoint, statement: repeat.statement, occurrences: [repeat] });
  }
  return [...groups.values()];
}
