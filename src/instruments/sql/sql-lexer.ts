/** One lexical element of an SQL text; `end` is exclusive, both count UTF-16 units. */
export interface SqlToken {
  readonly kind:
    | 'space'
    | 'comment'
    | 'string'
    | 'number'
    | 'parameter'
    | 'word'
    | 'quoted'
    | 'operator'
    | 'punctuation';
  readonly start: number;
  readonly end: number;
}

// Each loop is unrolled (`[^']*(?:''[^']*)*`) so that a literal of megabytes costs no backtracking stack, and each
// literal may end with the text: logs cut statements anywhere, and the rest must still count as literal.
const rules: readonly (readonly [SqlToken['kind'], RegExp])[] = [
  ['space', /\s+/y],
  ['comment', /--[^\n\r]*/y],
  ['string', /[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*(?:'|\\?$)/y],
  ['string', /(?:[bBxXnN]|[uU]&)?'[^']*(?:''[^']*)*(?:'|$)/y],
  ['quoted', /(?:[uU]&)?"[^"]*(?:""[^"]*)*(?:"|$)/y],
  ['parameter', /\$\d+/y],
  ['number', /0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
];

const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const operatorRun = /[-+*/<>=~!@#%^&|`?]+/y;

/**
 * Splits an SQL text the way PostgreSQL's scanner does, but never fails: an unterminated literal, comment or
 * identifier reaches to the end. The tokens cover the text without gaps.
 *
 * Rules: https://www.postgresql.org/docs/current/sql-syntax-lexical.html (standard_conforming_strings on)
 */
export function lexSql(sql: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let start = 0; start < sql.length; ) {
    const token = tokenAt(sql, start);
    tokens.push(token);
    start = token.end;
  }
  return tokens;
}

function tokenAt(sql: string, start: number): SqlToken {
  for (const [kind, rule] of rules) {
    const end = matchEnd(rule, sql, start);
    if (end !== undefined) return { kind, start, end };
  }
  if (sql.startsWith('/*', start)) return { kind: 'comment', start, end: blockCommentEnd(sql, start) };
  const tagEnd = matchEnd(dollarTag, sql, start);
  if (tagEnd !== undefined) {
    const tag = sql.slice(start, tagEnd);
    const close = sql.indexOf(tag, tagEnd);
    return { kind: 'string', start, end: close === -1 ? sql.length : close + tag.length };
  }
  const runEnd = matchEnd(operatorRun, sql, start);
  if (runEnd !== undefined) {
    const comment = sql.slice(start + 1, runEnd).search(/--|\/\*/);
    return { kind: 'operator', start, end: comment === -1 ? runEnd : start + 1 + comment };
  }
  return { kind: 'punctuation', start, end: start + 1 };
}

function matchEnd(rule: RegExp, sql: string, start: number): number | undefined {
  rule.lastIndex = start;
  return rule.test(sql) ? rule.lastIndex : undefined;
}

/** Block comments nest in PostgreSQL. */
function blockCommentEnd(sql: string, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  for (let depth = 0; ; ) {
    const match = edge.exec(sql);
    if (!match) return sql.length;
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
}
