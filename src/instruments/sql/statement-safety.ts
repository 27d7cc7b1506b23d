import type { ParseResult, SelectStmt } from 'libpg-query';
import { functionRefusal } from './function-safety.ts';
import { numberPlaceholders } from './placeholders.ts';
import { functionNames } from './sql-mentions.ts';
import { parseStatement } from './statement.ts';
import { asKind, nodesOfKind, valuesUnder } from './tree-nodes.ts';

/** What may be done with a statement, as far as its text tells. */
export type Safety =
  /** A single SELECT that only reads: it may be executed in a READ ONLY transaction. */
  | { readonly verdict: 'execute'; readonly sql: string; readonly tree: ParseResult; readonly select: SelectStmt }
  /** It would write or lock, but planning it does neither. */
  | { readonly verdict: 'plan'; readonly sql: string; readonly tree: ParseResult; readonly reason: string }
  | { readonly verdict: 'refuse'; readonly reason: string };

const plannable: Readonly<Record<string, string>> = {
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'MERGE',
};

/**
 * Judges a statement by its syntax tree: `BEGIN READ ONLY` alone lets several statements in one text, advisory
 * locks, notifications and calls to other servers through.
 *
 * The text to run is the `sql` of the answer and no other: it is what was judged.
 */
export function assessStatement(text: string): Safety {
  const sql = numberPlaceholders(text);
  if (numberPlaceholders(sql) !== sql) return refuse('its placeholders are ambiguous');
  const tree = parseStatement(sql);
  const statements = tree?.stmts ?? [];
  if (!tree || statements.length === 0) return refuse('it cannot be parsed');
  if (statements.length > 1) return refuse(`it holds ${statements.length} statements`);
  const statement = statements[0]?.stmt;
  const select = asKind(statement, 'SelectStmt');
  if (!select) {
    const kind = Object.keys(statement ?? {})[0] ?? '';
    const verb = plannable[kind];
    return verb ? { verdict: 'plan', sql, tree, reason: `${verb} writes` } : refuse('it is no SELECT');
  }
  const refusal = functionRefusal(functionNames(tree));
  if (refusal) return refuse(refusal);
  const reason = writingReason(select);
  return reason ? { verdict: 'plan', sql, tree, reason } : { verdict: 'execute', sql, tree, select };
}

function writingReason(select: SelectStmt): string | undefined {
  if (valuesUnder(select, 'intoClause').length > 0) return 'SELECT … INTO makes a table';
  if (valuesUnder(select, 'lockingClause').length > 0) return 'FOR UPDATE or FOR SHARE locks rows';
  const writer = nodesOfKind(select, 'CommonTableExpr')
    .map(({ ctequery }) => plannable[Object.keys(ctequery ?? {})[0] ?? ''])
    .find((verb) => verb !== undefined);
  return writer && `its WITH clause holds ${writer}, which writes`;
}

function refuse(reason: string): Safety {
  return { verdict: 'refuse', reason };
}
