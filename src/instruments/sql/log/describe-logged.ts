import { endOfStatement } from '../normalized-text.ts';
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
    const text = upToNonsense(withoutOuterComments(sql));
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

/** No statement has so many comments; the parser's time grows with their square where they are nested. */
const maxComments = 100;

/** The text before a run of semicolons or the comment that is one too many: a log is not trusted with our time. */
function upToNonsense(text: string): string {
  const semicolons = text.search(/;(?:\s*;){3}/);
  const end = semicolons < 0 ? text.length : semicolons;
  let comment = -1;
  for (let count = 0; count <= maxComments; count++) {
    comment = text.indexOf('/*', comment + 1);
    if (comment < 0 || comment >= end) return text.slice(0, end);
  }
  return text.slice(0, comment);
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
