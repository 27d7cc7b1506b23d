import { lexSql, type SqlToken } from './sql-lexer.ts';

/** Words after which an operand follows; after any other word a `?` or `%` is an operator. */
const operandFollows = new Set(
  `all and any array as asc between by case cast check collate default desc distinct do else escape except execute
  fetch filter first for from group having if ilike in intersect interval into is isnull join key left like limit next
  not notnull offset on only or order over returning right row select set similar some symmetric then to union using
  values when where with zone`.split(/\s+/),
);

/**
 * Turns the placeholders of drivers and query builders (`?`, `%s`, `%(name)s`, JDBC's `??` for the operator `?`) into
 * `$n`, which is all that PostgreSQL's grammar knows.
 *
 * `?` is an operator of jsonb and `%` is modulo, so position decides: where an operand is due it is a placeholder,
 * behind an operand it is an operator. Texts inside quotes and comments are left alone. New numbers follow the
 * highest `$n` of the text.
 */
export function numberPlaceholders(sql: string): string {
  if (!/\?|%s|%\(/.test(sql)) return sql;
  const tokens = lexSql(sql);
  let next = highestParameter(sql, tokens) + 1;
  const named = new Map<string, string>();
  let operandDue = true;
  let out = '';

  const placeholder = (name: string | undefined): string => {
    const known = name === undefined ? undefined : named.get(name);
    if (known) return known;
    const number = `$${next++}`;
    if (name !== undefined) named.set(name, number);
    return number;
  };

  for (let position = 0, index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (!token || token.end <= position) continue;
    // A `%s` that was just replaced may have eaten into this token.
    const start = Math.max(token.start, position);
    position = token.end;
    const text = sql.slice(start, token.end);
    if (token.kind !== 'operator') {
      out += text;
      operandDue = operandDueAfter(token, text, operandDue);
      continue;
    }
    for (let at = 0, operator = 0; at < text.length; ) {
      const rest = text.slice(at);
      const percent = /%(?:s(?![\w$])|\(([^)]*)\)s)/y;
      percent.lastIndex = start + at;
      const driver = rest.startsWith('%') ? percent.exec(sql) : null;
      const due = operandDue || isWholeOperator(text.slice(operator, at));
      if (due && driver) {
        out += placeholder(driver[1]);
        position = Math.max(position, percent.lastIndex);
        operandDue = false;
        at += driver[0].length;
        operator = at;
      } else if (due && rest.startsWith('?')) {
        out += placeholder(undefined);
        operandDue = false;
        at += 1;
        operator = at;
      } else if (!due && rest === '??') {
        out += '?';
        operandDue = true;
        at += 2;
      } else {
        out += rest.charAt(0);
        operandDue = at + 1 === text.length;
        at += 1;
      }
    }
  }
  return out;
}

function operandDueAfter(token: SqlToken, text: string, before: boolean): boolean {
  if (token.kind === 'space' || token.kind === 'comment') return before;
  if (token.kind === 'word') return operandFollows.has(text.toLowerCase());
  if (token.kind === 'punctuation') return text !== ')' && text !== ']' && text !== '}';
  return false;
}

/** Operators behind which drivers' users leave no space: `id=?`, `a||?`, `price>=%s`. */
function isWholeOperator(text: string): boolean {
  return /^(?:[-+*/<>=]|<=|>=|<>|!=|~|!~|\|\||->|->>|@>|<@|&&)$/.test(text);
}

/** The largest `n` of the `$n` in a text; 0 where there is none. */
export function highestParameter(sql: string, tokens: readonly SqlToken[]): number {
  let highest = 0;
  for (const token of tokens) {
    if (token.kind === 'parameter') highest = Math.max(highest, Number(sql.slice(token.start + 1, token.end)));
  }
  return highest;
}
