const kept = [
  '"(?:[^"]|"")*"?',
  String.raw`\$\d+`,
  // Names that EXPLAIN itself numbers.
  String.raw`(?:InitPlan|SubPlan) \d+`,
];
const comments = ['--[^\n]*', String.raw`/\*[\s\S]*?(?:\*/|$)`];
const literals = [
  String.raw`[eE]'(?:[^'\\]|\\[\s\S]|'')*'?`,
  "(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'?",
  String.raw`\$(?<tag>[\p{L}_][\p{L}\p{N}_]*)?\$[\s\S]*?(?:\$\k<tag>\$|$)`,
];
const names = [String.raw`[\p{L}_][\p{L}\p{N}_$]*`];
const numbers = [String.raw`0[xX][\da-fA-F]+`, String.raw`\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?`, String.raw`\.\d+`];

/**
 * The tokens of SQL in which a literal, or what looks like one, can stand.
 *
 * Names are matched whole, so that digits inside them are never numbers. A string that is not closed runs to the
 * end of the text: a cut statement shows too little rather than too much.
 *
 * Source: https://www.postgresql.org/docs/18/sql-syntax-lexical.html
 */
const token = new RegExp(
  `(?<kept>${kept.join('|')})|(?<comment>${comments.join('|')})|${literals.join('|')}|(?<name>${names.join('|')})|${numbers.join('|')}`,
  'gu',
);

/**
 * SQL, or a condition of a plan, with every string and number in it as `?` and without comments; `$1` and names stay.
 *
 * Statements arrive normalised; this is the second lock on the door, and the only one for conditions of plans.
 */
export function withoutLiterals(sql: string): string {
  return sql.replace(token, (text: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as { kept?: string; comment?: string; name?: string };
    if (groups.comment !== undefined) return '';
    return groups.kept === undefined && groups.name === undefined ? '?' : text;
  });
}
