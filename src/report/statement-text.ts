import { formatCount } from './format.ts';
import { withoutLiterals } from './literal-mask.ts';
import { visibleText } from './untrusted-text.ts';

/** Characters of one statement that a report shows: some generators of SQL write 100 kB a statement. */
const longestStatement = 4000;

/** A statement as a report may show it: without literals unless `showParameters`, clipped, nothing invisible in it. */
export function statementText(sql: string, showParameters: boolean): string {
  const text = sql.trim();
  const start = text.slice(0, longestStatement);
  const shown = visibleText(showParameters ? start : withoutLiterals(start));
  const cut = text.length - start.length;
  return cut === 0 ? shown : `${shown}… (${formatCount(cut)} more characters)`;
}
