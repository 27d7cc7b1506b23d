import type { SelectStmt } from 'libpg-query';
import { nameParts, nodesOfKind, valuesUnder } from './tree-nodes.ts';

/** PostgreSQL's own: https://www.postgresql.org/docs/current/functions-aggregate.html */
const aggregates: ReadonlySet<string> = new Set(
  `any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or count every json_agg json_agg_strict jsonb_agg
  jsonb_agg_strict json_object_agg jsonb_object_agg max min range_agg range_intersect_agg string_agg sum xmlagg corr
  covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
  stddev stddev_pop stddev_samp variance var_pop var_samp mode percentile_cont percentile_disc`.split(/\s+/),
);

/** How the rows of a SELECT stop being those of its tables; `undefined` where they remain so. */
export function rowGrouping(
  select: SelectStmt,
): 'set operation' | 'window' | 'aggregate' | 'group' | 'distinct' | undefined {
  if (select.op !== undefined && select.op !== 'SETOP_NONE') return 'set operation';
  if (select.groupClause || select.havingClause) return 'group';
  if (select.distinctClause) return 'distinct';
  const results = [select.targetList, select.sortClause];
  if (valuesUnder(results, 'over').length > 0) return 'window';
  const calls = nodesOfKind(results, 'FuncCall');
  return calls.some((call) => aggregates.has(nameParts(call.funcname).at(-1) ?? '')) ? 'aggregate' : undefined;
}
