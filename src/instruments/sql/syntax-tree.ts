import type { ParseResult } from 'libpg-query';
import type { Statement } from '../../model/queries.ts';

/** What the syntax tree alone tells about a statement. */
export interface TreeFacts {
  readonly kind: Statement['kind'];
  /** As written (`schema.table` where qualified), without the names of CTEs. */
  readonly tables: readonly string[];
  /** Whether a predicate compares with a list: IN, ANY or ALL. */
  readonly comparesWithList: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

interface Visit {
  readonly node: unknown;
  /** Names of the CTEs in scope. */
  readonly ctes: ReadonlySet<string>;
  /** Whether the node stands under its kind (`RangeVar: {…}`). */
  readonly wrapped: boolean;
}

const kinds: Readonly<Record<string, Statement['kind']>> = {
  SelectStmt: 'select',
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  MergeStmt: 'update',
  DeleteStmt: 'delete',
  TransactionStmt: 'transaction',
};

const listPredicates: readonly unknown[] = ['AEXPR_IN', 'AEXPR_OP_ANY', 'AEXPR_OP_ALL'];

/** Reads {@link TreeFacts} from the tree; iterative, because machine-written texts nest thousands deep. */
export function treeFacts(tree: ParseResult): TreeFacts {
  const tables = new Set<string>();
  let comparesWithList = false;
  const stack: Visit[] = [{ node: tree.stmts ?? [], ctes: new Set(), wrapped: false }];
  for (let visit = stack.pop(); visit; visit = stack.pop()) {
    const { node } = visit;
    if (!isFields(node)) continue;
    if (typeof node.relname === 'string') {
      const name = typeof node.schemaname === 'string' ? `${node.schemaname}.${node.relname}` : node.relname;
      // A bare relation (the target of INSERT, UPDATE, …) is always a table, also where a CTE has its name.
      if (!(visit.wrapped && name === node.relname && visit.ctes.has(name))) tables.add(name);
    }
    if (listPredicates.includes(node.kind)) comparesWithList = true;
    stack.push(...childrenOf(node, visit.ctes).reverse());
  }
  return { kind: kindOf(tree), tables: [...tables], comparesWithList };
}

function childrenOf(node: Fields, ctes: ReadonlySet<string>): Visit[] {
  const visits: Visit[] = [];
  let inner = ctes;
  const clause = node.withClause;
  if (isFields(clause) && Array.isArray(clause.ctes)) {
    const names = clause.ctes.map(cteName);
    // Without RECURSIVE a name is not in scope in its own query: there it means the table of that name.
    clause.ctes.forEach((cte: unknown, index) => {
      const visible = clause.recursive === true ? names : names.slice(0, index);
      visits.push({ node: cte, ctes: new Set([...ctes, ...visible]), wrapped: false });
    });
    inner = new Set([...ctes, ...names]);
  }
  for (const [key, child] of Object.entries(node)) {
    if (key !== 'withClause') visits.push({ node: child, ctes: inner, wrapped: /^[A-Z]/.test(key) });
  }
  return visits;
}

function cteName(cte: unknown): string {
  const fields = isFields(cte) && isFields(cte.CommonTableExpr) ? cte.CommonTableExpr : {};
  return typeof fields.ctename === 'string' ? fields.ctename : '';
}

function kindOf(tree: ParseResult): Statement['kind'] {
  const first = Object.keys(tree.stmts?.[0]?.stmt ?? {})[0];
  return (first !== undefined && kinds[first]) || 'utility';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
