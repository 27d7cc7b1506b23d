import { valueHash } from '../../model/value-hash.ts';
import { highestParameter } from './placeholders.ts';
import { lexSql } from './sql-lexer.ts';

/**
 * The text without comments, with literals as `$n`, white space folded and without a closing semicolon.
 *
 * It works on any text, also one that PostgreSQL would refuse. `numbers: false` leaves numbers in place, for texts
 * whose constants were replaced by the parser and whose last numbers belong to the schema (`varchar(10)`).
 */
export function normalizeText(sql: string, { numbers }: { readonly numbers: boolean } = { numbers: true }): string {
  const text = numbers ? withoutDoubtfulQuotes(sql) : sql;
  const tokens = lexSql(text);
  let next = highestParameter(text, tokens) + 1;
  let out = '';
  for (const { kind, start, end } of tokens) {
    if (kind === 'space' || kind === 'comment') {
      if (!out.endsWith(' ')) out += ' ';
    } else if (
      kind === 'string' ||
      (kind === 'number' && numbers) ||
      (kind === 'quoted' && !isClosed(text, start, end))
    ) {
      out += `$${next++}`;
    } else {
      out += text.slice(start, end);
    }
  }
  return out.slice(0, endOfStatement(out)).trimStart();
}

/** An identifier whose end was cut off may be a literal of another dialect. */
function isClosed(text: string, start: number, end: number): boolean {
  return end - start > 1 && text.charAt(end - 1) === '"';
}

/**
 * Whether `\'` ends a string depends on a setting of the server that a text does not tell: everything behind the
 * first quote then counts as literal, so that nothing of it can be shown by mistake.
 */
function withoutDoubtfulQuotes(sql: string): string {
  return sql.includes("\\'") ? `${sql.slice(0, sql.indexOf("'"))}''` : sql;
}

/** Texts longer than this (bulk inserts) are told apart as a whole. */
const maxLiteralText = 20_000;

/** The constants of a text in order, unquoted; for a very long text one hash that stands for all of them. */
export function literalsOf(sql: string): readonly string[] {
  if (sql.length > maxLiteralText) return [valueHash(sql)];
  return lexSql(sql).flatMap(({ kind, start, end }) =>
    kind === 'number' || kind === 'string' ? [unquoted(sql.slice(start, end))] : [],
  );
}

function unquoted(literal: string): string {
  const escaped = /^e'/i.test(literal);
  const body = /^[a-z&]*'([\s\S]*?)'?$/i.exec(literal)?.[1];
  if (body === undefined) return literal.replace(/^(\$\w*\$)([\s\S]*)\1$/, '$2');
  const single = body.replaceAll("''", "'");
  return escaped ? single.replace(/\\([\\'])/g, '$1') : single;
}

/** Length without closing semicolons and white space; a loop, for a pattern would go back and forth in long runs. */
export function endOfStatement(text: string): number {
  let end = text.length;
  while (end > 0 && /[\s;]/.test(text.charAt(end - 1))) end--;
  return end;
}
