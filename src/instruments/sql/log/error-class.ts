import type { LogEntry } from './log-entry.ts';

/** The SQLSTATE, or the message without what may be a value: names after `constraint`, `relation` and such stay. */
export function errorClass({ text, sqlState }: Pick<LogEntry, 'text' | 'sqlState'>): string {
  if (sqlState) return sqlState;
  return (text.split('\n')[0] ?? '')
    .slice(0, 500)
    .replace(/ at character \d+$/, '')
    .replace(
      /(constraint |relation |column |table )?(?:"[^"]*"?|«[^»]*»?|»[^«]*«?|„[^“]*“?|“[^”]*”?)/g,
      (quoted, kind) => (kind ? quoted : '"…"'),
    )
    .slice(0, 200);
}
