import type { Evidence } from '../model/finding.ts';
import type { Growth } from '../model/growth.ts';
import type { ParentColumn } from '../model/parent-column.ts';
import { type QueriesArtifact, seesResults } from '../model/queries.ts';
import type { EndpointLoop } from './grouping.ts';

/** Said where neither a column nor the number of rows shows where a loop comes from. */
export function noProofEvidence(queries: QueriesArtifact): Evidence {
  const text = seesResults(queries)
    ? 'No earlier result holds the values as they were bound: they may come from the request or the code.'
    : 'Results were not seen, so that where the values come from is not known.';
  return { kind: 'text', text };
}

/** The column, or the columns, of an earlier result that hold the values of the loop. */
export function parentEvidence(
  { statement, occurrences }: EndpointLoop,
  parent: ParentColumn,
  queries: QueriesArtifact,
): Evidence {
  const { length } = occurrences;
  const columns = parent.keys.length > 1 ? 'columns' : 'column';
  const whose = parent.statement === statement.id ? 'the' : 'its';
  return {
    kind: 'statement',
    label:
      `${whose} ${columns} "${parent.column}" ${parent.keys.length > 1 ? 'hold' : 'holds'} the loop's parameters: ` +
      `${parent.matched} of ${parent.repeats}` +
      `${parent.inOrder ? ', in the order of its rows' : ''} (in ${length} request${length === 1 ? '' : 's'})`,
    sql: queries.statements[parent.statement]?.normalized ?? '',
  };
}

/** How the loop followed the number of rows of another statement. */
export function growthEvidence({ statement, perRow, sizes }: Growth, queries: QueriesArtifact): readonly Evidence[] {
  const times = perRow === 1 ? 'once' : `${perRow} times`;
  return [
    {
      kind: 'statement',
      label: `the loop runs ${times} for each of its rows, in all requests`,
      sql: queries.statements[statement]?.normalized ?? '',
    },
    {
      kind: 'table',
      label: 'the loop grows with the rows',
      columns: ['rows', 'statements of the loop', 'requests'],
      rows: sizes.map(({ rows, repeats, requests }) => [rows, repeats, requests]),
    },
  ];
}

/** The other statements that run for each of the same rows: one loop of the code, several findings. */
export function cycleEvidence(loop: EndpointLoop, loops: readonly EndpointLoop[]): readonly Evidence[] {
  const { parent, endpoint, occurrences } = loop;
  if (!parent) return [];
  const others = loops.filter(
    (other) =>
      other !== loop &&
      other.endpoint === endpoint &&
      other.parent?.statement === parent.statement &&
      other.occurrences.length === occurrences.length,
  );
  if (others.length === 0) return [];
  const names = others.map(({ statement }) => statement.tables.join(', ')).join('; ');
  return [{ kind: 'text', text: `For the same rows the request also loops over statements on ${names}.` }];
}
