import { lexSql, type SqlToken } from './sql-lexer.ts';

/**
 * A condition as EXPLAIN prints it, without its values: `(status = 'paid'::text)` becomes `(status = $2)` where
 * exactly the second bound value is `paid`, and `(status = ?)` where no or several bound values are.
 *
 * EXPLAIN folds bound values into the plan, so its conditions would show what the service's users sent.
 */
export function showCondition(condition: string, values: readonly (string | null)[]): string {
  const tokens = lexSql(condition);
  const kept = schemaNumbers(condition, tokens);
  let out = '';
  let replaced = false;
  for (const token of tokens) {
    const text = condition.slice(token.start, token.end);
    if (token.kind === 'string' || (token.kind === 'number' && !kept.has(token))) {
      out += placeholder(token.kind === 'string' ? unquote(text) : text, values);
      replaced = true;
    } else out += text;
  }
  return replaced ? withoutCasts(out) : out;
}

function placeholder(value: string, values: readonly (string | null)[]): string {
  const at = values.indexOf(value);
  return at >= 0 && values.lastIndexOf(value) === at ? `$${at + 1}` : '?';
}

function unquote(literal: string): string {
  const body = literal.slice(literal.indexOf("'") + 1, -1).replaceAll("''", "'");
  return /^e/i.test(literal) ? body.replaceAll('\\\\', '\\') : body;
}

/** Numbers that belong to a type (`::numeric(10,2)`) or name a part of the plan (`SubPlan 1`). */
function schemaNumbers(text: string, tokens: readonly SqlToken[]): ReadonlySet<SqlToken> {
  const kept = new Set<SqlToken>();
  let inType = false;
  let lastWord = '';
  for (const token of tokens) {
    const word = text.slice(token.start, token.end);
    if (word.startsWith(':')) inType = true;
    else if (token.kind === 'number' && (inType || /^(?:Init|Sub)Plan$/.test(lastWord))) kept.add(token);
    else if (word === ')' || token.kind === 'operator' || token.kind === 'string') inType = false;
    if (token.kind !== 'space') lastWord = word;
  }
  return kept;
}

/** The cast of a constant tells nothing that its column does not. */
function withoutCasts(text: string): string {
  return text.replace(
    /(\$\d+|\?)::"?[a-z][a-z_]*(?: (?:with|without) time zone| varying| precision)?"?(?:\([\d,]+\))?(?:\[\])?/g,
    '$1',
  );
}
