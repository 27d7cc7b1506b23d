import type { LogEntry, LogOrigin, LogSink } from './log-entry.ts';
import { fieldOfWord } from './log-words.ts';

/** A record that has all of its fields together, as csvlog and jsonlog write it; empty where a field is missing. */
interface WholeRecord {
  readonly origin: LogOrigin;
  readonly severity: string;
  readonly sqlState: string;
  readonly message: string;
  readonly detail: string;
  readonly context: string;
  readonly statement: string;
  readonly cut: boolean;
}

/** Hands the fields of a record over in the order in which stderr has them. */
export function emitFields(sink: LogSink, record: WholeRecord): void {
  const { origin, sqlState } = record;
  const fields: readonly (readonly [LogEntry['field'], string])[] = [
    [recordField(record), record.message],
    ['detail', record.detail],
    ['context', record.context],
    ['statement', record.statement],
  ];
  const present = fields.filter(([, text], index) => index === 0 || text !== '');
  for (const [index, [field, text]] of present.entries()) {
    sink.entry({
      origin,
      field,
      text,
      ...(field === 'error' && sqlState ? { sqlState } : {}),
      ...(record.cut && index === present.length - 1 ? { cut: true } : {}),
    });
  }
}

/** By the severity's word, or by the SQLSTATE where the language is unknown: classes 00 to 02 are no errors. */
function recordField({ severity, sqlState }: WholeRecord): 'log' | 'error' | 'other' {
  const field = fieldOfWord(severity);
  if (field === 'log' || field === 'error' || field === 'other') return field;
  return sqlState === '' || /^0[012]/.test(sqlState) ? 'log' : 'error';
}
