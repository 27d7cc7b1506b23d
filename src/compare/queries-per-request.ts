import type { Gathered } from '../model/artifacts.ts';
import { requestsOf } from '../model/queries.ts';
import type { Run } from '../model/run.ts';

/** What was gathered of each variant, by name. */
export type GatheredByVariant = Readonly<Record<string, Gathered>>;

/**
 * Statements that one request of the endpoint runs, as the mean over its traced requests; `undefined` where none was
 * traced.
 *
 * They are those of the comparison where it counted them. Transaction control and settings carry no data and do not
 * count.
 */
export function queriesPerRequest(
  { comparison, variants }: Pick<Run, 'comparison' | 'variants'>,
  gathered: GatheredByVariant,
  side: 'before' | 'after',
  endpoint: string,
): number | undefined {
  const count = comparison?.counts.find((each) => each.name === 'queries' && each.endpoint === endpoint);
  if (count) return count[side];
  const queries = gathered[comparison?.[side] ?? Object.keys(variants).at(-1) ?? '']?.queries;
  if (queries?.status !== 'gathered') return undefined;
  const requests = requestsOf(queries.value, endpoint);
  if (requests.length === 0) return undefined;
  const kinds = new Map(queries.value.statements.map(({ id, kind }) => [id, kind]));
  const executions = requests.flatMap((request) => request.executions);
  const carryingData = executions.filter(
    ({ statement }) => !['transaction', 'utility'].includes(kinds.get(statement) ?? ''),
  );
  return carryingData.length / requests.length;
}
