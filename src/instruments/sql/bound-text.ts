import { type Execution, type Statement, valuesOf } from '../../model/queries.ts';
import { parseStatement } from './statement.ts';
import { nodesOfKind, parameterCount } from './tree-nodes.ts';

/** A text of a statement with `$n`, and the values that one execution had in their places. */
export interface BoundText {
  readonly sql: string;
  readonly values: readonly (string | null)[];
}

/** The constants of a statement's text are those of its first execution: where they can be values, they are this one's. */
export function boundText({ example, normalized }: Statement, execution: Execution): BoundText {
  const { literals = [], parameters } = execution;
  const bound = { sql: example, values: parameters };
  if (literals.length === 0) return bound;
  const tree = parseStatement(normalized);
  if (parameterCount(tree) !== valuesOf(execution).length) return bound;
  // The normaliser numbers constants as its tree has them, OFFSET before LIMIT; literals are in the order of the text.
  const added = nodesOfKind(tree, 'ParamRef')
    .filter(({ number = 0 }) => number > parameters.length)
    .sort((a, b) => (a.location ?? 0) - (b.location ?? 0));
  if (added.length !== literals.length) return bound;
  const values = [...parameters, ...literals];
  for (const [index, { number = 0 }] of added.entries()) values[number - 1] = literals[index] ?? null;
  return { sql: normalized, values };
}
