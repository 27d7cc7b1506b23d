import { withoutLiterals } from './literal-mask.ts';
import { clipText, visibleText } from './untrusted-text.ts';

/** Characters of one statement that a report shows: some generators of SQL write 100 kB a statement. */
const longestStatement = 4000;

/** A statement as a report may show it: without literals unless `showParameters`, clipped, nothing invisible in it. */
export function statementText(sql: string, showParameters: boolean): string {
  const shown = showParameters ? sql : withoutLiterals(clipText(sql, longestStatement * 4));
  return clipText(visibleText(shown).trim(), longestStatement);
}
