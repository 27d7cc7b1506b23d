import type { Node } from 'libpg-query';
import { type QueryLevel, resolveColumn, type Source } from './query-level.ts';
import { asKind, nameParts, nodesOfKind } from './tree-nodes.ts';

/** What one SELECT demands of the columns of one of its tables. */
export interface ColumnDemands {
  /** Compared with one value: `a = $1`, `a IS NULL`. */
  readonly equal: readonly string[];
  /** Compared with a list: `a IN (…)`, `a = ANY ($1)`. */
  readonly listed: readonly string[];
  /** `<`, `>`, BETWEEN. */
  readonly ranged: readonly string[];
  /** Compared with a column of another table, by that table's alias; or with a subquery (`IN (SELECT …)`). */
  readonly joined: ReadonlyMap<string, readonly string[]>;
  /** Why other conditions on this table are served by no plain B-tree. */
  readonly obstacles: readonly string[];
}

interface Demand {
  readonly source: Source;
  readonly column: string;
  readonly kind: 'equal' | 'listed' | 'ranged' | 'joined';
  readonly partner?: string;
}

const rangeOperators: readonly string[] = ['<', '>', '<=', '>='];

/** The demands on `source`, each column once and in the order of the text. */
export function columnDemands(level: QueryLevel, source: Source): ColumnDemands {
  const demands = [...level.conditions.flatMap((condition) => demandsOf(level, condition)), ...usingDemands(level)];
  const mine = demands.filter((demand) => demand.source === source);
  const columns = (kind: Demand['kind']) => unique(mine.filter((demand) => demand.kind === kind).map((d) => d.column));
  const joined = new Map<string, readonly string[]>();
  for (const { kind, column, partner = '' } of mine) {
    if (kind === 'joined') joined.set(partner, unique([...(joined.get(partner) ?? []), column]));
  }
  return {
    equal: columns('equal'),
    listed: columns('listed'),
    ranged: columns('ranged'),
    joined,
    obstacles: level.conditions
      .filter((condition) => demandsOf(level, condition).length === 0 && mentions(level, condition, source))
      .map(obstacleOf),
  };
}

function demandsOf(level: QueryLevel, condition: Node): readonly Demand[] {
  const isNull = asKind(condition, 'NullTest');
  if (isNull) return isNull.nulltesttype === 'IS_NULL' ? demand(level, isNull.arg, undefined, 'equal') : [];
  const inSubquery = asKind(condition, 'SubLink');
  if (inSubquery?.subLinkType === 'ANY_SUBLINK' && !inSubquery.operName) {
    return demand(level, inSubquery.testexpr, undefined, 'joined');
  }
  const comparison = asKind(condition, 'A_Expr');
  const operator = nameParts(comparison?.name).at(-1) ?? '';
  if (!comparison) return [];
  const { lexpr, rexpr, kind } = comparison;
  if (kind === 'AEXPR_BETWEEN') return demand(level, lexpr, rexpr, 'ranged');
  if (operator === '=' && (kind === 'AEXPR_IN' || kind === 'AEXPR_OP_ANY'))
    return demand(level, lexpr, rexpr, 'listed');
  if (kind !== 'AEXPR_OP') return [];
  if (operator === '=') return [...demand(level, lexpr, rexpr, 'equal'), ...demand(level, rexpr, lexpr, 'equal')];
  if (!rangeOperators.includes(operator)) return [];
  return [...demand(level, lexpr, rexpr, 'ranged'), ...demand(level, rexpr, lexpr, 'ranged')];
}

/** The demand that comparing `side` with `other` puts on a plain column. */
function demand(
  level: QueryLevel,
  side: Node | undefined,
  other: Node | undefined,
  kind: Demand['kind'],
): readonly Demand[] {
  const reference = asKind(side, 'ColumnRef');
  const source = reference && resolveColumn(level, reference);
  const column = nameParts(reference?.fields).at(-1);
  if (!source || source === 'outer' || column === undefined) return [];
  // A subquery's own columns are no columns of this level: to it, the subquery is a value.
  const subquery = nodesOfKind(other, 'SubLink').length > 0;
  const references = subquery ? [] : nodesOfKind(other, 'ColumnRef');
  const partners = references.map((each) => resolveColumn(level, each)).filter((partner) => partner !== 'outer');
  const [partner] = partners;
  if (partners.length === 0) return [{ source, column, kind }];
  if (kind !== 'equal' || partner === undefined || partners.includes(source)) return [];
  return [{ source, column, kind: 'joined', partner: partner.alias }];
}

function usingDemands(level: QueryLevel): readonly Demand[] {
  return level.using.flatMap((column) =>
    level.sources
      .filter(({ facts }) => facts?.columns.some(({ name }) => name === column))
      .map((source) => ({ source, column, kind: 'joined' as const, partner: 'using' })),
  );
}

function mentions(level: QueryLevel, condition: Node, source: Source): boolean {
  return nodesOfKind(condition, 'ColumnRef').some((column) => resolveColumn(level, column) === source);
}

function obstacleOf(condition: Node): string {
  const bool = asKind(condition, 'BoolExpr');
  if (bool?.boolop === 'OR_EXPR') return 'OR joins its conditions';
  if (bool) return 'NOT excludes rows, which a B-tree cannot find';
  if (asKind(condition, 'NullTest')) return 'IS NOT NULL is true of most rows';
  const comparison = asKind(condition, 'A_Expr');
  const operator = nameParts(comparison?.name).at(-1) ?? '';
  if (/^!?~~\*?$/.test(operator)) return 'LIKE needs an index of another kind';
  if (operator === '<>') return '<> is true of most rows';
  if (operator === '=' || rangeOperators.includes(operator)) return 'an expression is compared, not a plain column';
  return operator === '' ? 'its condition is no comparison' : `no B-tree serves the operator ${operator}`;
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
