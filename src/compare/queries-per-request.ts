import type { Gathered } from '../model/artifacts.ts';
import type { Run } from '../model/run.ts';
import { mean } from '../stats/summary.ts';
import { tracedUse } from './traced-statements.ts';

/** What was gathered of each variant, by name. */
export type GatheredByVariant = Readonly<Record<string, Gathered>>;

/**
 * Statements that one request of the endpoint runs, as the mean over its traced requests; `undefined` where none was
 * traced.
 *
 * They are those of the comparison where it counted them. With what a driver reads from the catalogue for itself left out.
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
  return queries?.status === 'gathered' ? mean(tracedUse(queries.value, endpoint).calls) : undefined;
}
