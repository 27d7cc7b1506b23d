import { lexSql } from './sql-lexer.ts';

/** A file of statements, as psql reads it. */
export interface StatementFile {
  readonly statements: readonly { readonly sql: string; readonly line: number }[];
  /** What is no statement for the server. */
  readonly skipped: readonly { readonly text: string; readonly line: number; readonly reason: string }[];
}

/**
 * Splits a file at the semicolons that end statements: not those in strings, comments, brackets and names.
 *
 * A backslash outside of them begins one of psql's own commands, which goes to the end of the line and, as `\gx`, may
 * end a statement. Behind `COPY … FROM stdin` come rows, up to a line of `\.`.
 */
export function splitFile(text: string): StatementFile {
  const statements: { sql: string; line: number }[] = [];
  const skipped: { text: string; line: number; reason: string }[] = [];
  const lineAt = lineCounter(text);
  // What psql's own commands and rows hold is no SQL, so that what follows them is read afresh.
  for (let from = 0; from < text.length; ) {
    const run = readRun(text, from);
    for (const { start, end } of run.statements)
      statements.push({ sql: text.slice(start, end).trim(), line: lineAt(start) });
    from = run.end;
    if (run.by === 'command') {
      from = endOfLine(text, run.end);
      skipped.push({ text: text.slice(run.end, from).trim(), line: lineAt(run.end), reason: 'a command of psql' });
    } else if (run.by === 'copy') {
      const end = /^\\\.[ \t\r]*$/m.exec(text.slice(from));
      const to = end ? endOfLine(text, from + end.index) : text.length;
      skipped.push({ text: '…', line: lineAt(from) + 1, reason: 'rows of COPY' });
      from = to;
    }
  }
  return { statements, skipped };
}

/** Statements up to where SQL ends, and what ends it. */
interface Run {
  readonly statements: readonly { readonly start: number; readonly end: number }[];
  readonly end: number;
  readonly by: 'command' | 'copy' | 'file';
}

function readRun(text: string, from: number): Run {
  const statements: { start: number; end: number }[] = [];
  const rest = text.slice(from);
  let start: number | undefined;
  let open = 0;
  const finish = (end: number) => {
    if (start !== undefined) statements.push({ start, end });
    const sql = start === undefined ? '' : text.slice(start, end);
    start = undefined;
    open = 0;
    return /^copy\b[\s\S]*\bfrom\s+stdin\b/i.test(sql);
  };
  for (const token of lexSql(rest)) {
    if (token.kind === 'space' || token.kind === 'comment') continue;
    const at = from + token.start;
    const word = rest.slice(token.start, token.end);
    if (word === '\\') {
      finish(at);
      return { statements, end: at, by: 'command' };
    }
    if (word === ';' && open <= 0) {
      if (finish(at)) return { statements, end: at + 1, by: 'copy' };
      continue;
    }
    if (word === '(' || word === '[') open++;
    if (word === ')' || word === ']') open--;
    start ??= at;
  }
  finish(text.length);
  return { statements, end: text.length, by: 'file' };
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at === -1 ? text.length : at + 1;
}

/** Gives the line of a place; places must not go back. */
function lineCounter(text: string): (at: number) => number {
  let line = 1;
  let counted = 0;
  return (at) => {
    for (; counted < at; counted++) if (text[counted] === '\n') line++;
    return line;
  };
}
