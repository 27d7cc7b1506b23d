import { lexSql } from './sql-lexer.ts';

/**
 * Deeper texts are not given to the parser. libpg_query as WebAssembly overflows its stack at 500 to 4,000 levels,
 * depending on what is nested, and then fails for every later statement too, since its stack pointer stays where
 * it was.
 */
export const maxNestingDepth = 200;

/** Words that begin an operand of their own, so that operators before them are not above those after them. */
const separators = new Set(['and', 'or', 'select', 'from', 'where', 'on', 'having', 'when', 'then', 'else', 'values']);
/** Words that make the syntax tree one level deeper each time. */
const nestingWords = new Set(['not', 'join', 'union', 'intersect', 'except', 'case']);

/** An upper bound of how deep the syntax tree of `sql` is: brackets that are open, and operators in a row. */
export function nestingDepth(sql: string): number {
  const runs = [0];
  let open = 0;
  let words = 0;
  let deepest = 0;
  for (const { kind, start, end } of lexSql(sql)) {
    if (kind === 'string' || kind === 'comment' || kind === 'space') continue;
    const text = sql.slice(start, end).toLowerCase();
    const level = runs.length - 1;
    if (text === '(' || text === '[') {
      runs.push(0);
    } else if (text === ')' || text === ']') {
      if (level > 0) open -= runs.pop() ?? 0;
    } else if (text === ',' || text === ';' || separators.has(text)) {
      open -= runs[level] ?? 0;
      runs[level] = 0;
    } else if (kind === 'operator' || text === ':') {
      runs[level] = (runs[level] ?? 0) + 1;
      open++;
    } else if (nestingWords.has(text)) {
      words++;
    }
    deepest = Math.max(deepest, runs.length - 1 + open + words);
  }
  return deepest;
}
