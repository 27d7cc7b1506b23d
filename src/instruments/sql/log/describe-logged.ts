import { describeStatement, type StatementDescription } from '../statement.ts';

const maxShapes = 5_000;
const maxShapeLength = 10_000;

/**
 * Describes logged texts, whose literals differ from line to line, by their shape: the parser runs once for
 * `WHERE id = 7` and `WHERE id = 8`. `loadParser()` must have finished.
 */
export function createLoggedDescriber(): (sql: string) => StatementDescription {
  const shapes = new Map<string, StatementDescription>();
  return (sql) => {
    const text = withoutOuterComments(sql);
    const shape = shapeOf(text);
    if (shape === undefined) return describeStatement(text);
    const known = shapes.get(shape);
    if (known) return known;
    const description = describeStatement(text);
    if (shapes.size < maxShapes) shapes.set(shape, description);
    return description;
  };
}

/** The text without a comment before or after it: ORMs write the request's trace id there. */
export function withoutOuterComments(sql: string): string {
  let text = sql.trimStart();
  if (text.startsWith('/*')) {
    const end = text.indexOf('*/');
    if (end >= 0) text = text.slice(end + 2).trimStart();
  }
  const end = endOfStatement(text);
  if (!text.endsWith('*/', end)) return text;
  const begin = text.lastIndexOf('/*', end);
  return begin < 0 ? text : text.slice(0, endOfStatement(text.slice(0, begin)));
}

/** Length without closing semicolons and white space; a loop, for a pattern would go back and forth in long runs. */
function endOfStatement(text: string): number {
  let end = text.length;
  while (end > 0 && /[\s;]/.test(text.charAt(end - 1))) end--;
  return end;
}

/**
 * The text with its plain literals blanked, or `undefined` where quotes cannot be told apart at a glance: escapes,
 * dollar quotes, comments.
 */
function shapeOf(sql: string): string | undefined {
  if (sql.length > maxShapeLength || /\\|--|\/\*|\$(?!\d)/.test(sql)) return undefined;
  return sql.replace(/"[^"]*"|'[^']*(?:''[^']*)*'|\b\d+(?:\.\d+)?\b/g, (token) => {
    if (token.startsWith('"')) return token;
    return token.startsWith("'") ? "''" : '0';
  });
}
