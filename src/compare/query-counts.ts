import type { Gathered } from '../model/artifacts.ts';
import type { ComparedCount } from '../model/comparison.ts';
import { mean } from '../stats/summary.ts';
import { bothSides } from './endpoint-change.ts';
import { tracedUse } from './traced-statements.ts';

/** Statements per request of every endpoint that was traced on both sides, in the order of its first request. */
export function queryCounts(before: Gathered, after: Gathered): readonly ComparedCount[] {
  const queries = bothSides({ before, after }, 'queries');
  if (!queries) return [];
  const endpoints = [...new Set(queries[0].requests.map(({ endpoint }) => endpoint))];
  return endpoints.flatMap((endpoint): readonly ComparedCount[] => {
    const [was, is] = queries.map((side) => mean(tracedUse(side, endpoint).calls));
    return was === undefined || is === undefined ? [] : [{ name: 'queries', endpoint, before: was, after: is }];
  });
}
