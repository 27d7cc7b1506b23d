import { emptyEntry, type LogEntry, type LogSession, type LogSink } from './log-entry.ts';
import { fieldOfWord } from './log-words.ts';
import { isStep } from './parse-message.ts';
import { createSessionInterner } from './prefix-reader.ts';
import { createTimestampReader } from './timestamp-reader.ts';

/** A record that has all of its fields together, as csvlog and jsonlog write it; empty where a field is missing. */
interface WholeRecord {
  readonly timestamp: string;
  readonly session: string;
  readonly user: string;
  readonly database: string;
  readonly application: string;
  readonly severity: string;
  readonly sqlState: string;
  readonly message: string;
  readonly detail: string;
  readonly context: string;
  readonly statement: string;
  readonly cut: boolean;
}

export type RecordReader = (record: WholeRecord) => void;

/** Sessions that are remembered, so that their records share one object. */
const maxSessions = 5_000;

/** Hands the fields of each record over in the order in which stderr has them. */
export function createRecordReader(sink: LogSink): RecordReader {
  const readTimestamp = createTimestampReader();
  const sessions = new Map<string, LogSession>();
  const intern = createSessionInterner();

  const sessionOf = ({ session, user, database, application }: WholeRecord): LogSession => {
    const known = sessions.get(session);
    if (
      known &&
      (known.user ?? '') === user &&
      (known.database ?? '') === database &&
      (known.application ?? '') === application
    ) {
      return known;
    }
    const who = intern({
      session,
      ...(user ? { user } : {}),
      ...(database ? { database } : {}),
      ...(application ? { application } : {}),
    });
    if (sessions.size === maxSessions) sessions.clear();
    sessions.set(who.session, who);
    return who;
  };

  const entry = emptyEntry();

  return (record) => {
    const { message, detail, context, statement } = record;
    entry.who = sessionOf(record);
    entry.timestamp = readTimestamp(record.timestamp);
    const emit = (field: LogEntry['field'], text: string, isLast: boolean) => {
      entry.field = field;
      entry.text = text;
      entry.cut = record.cut && isLast;
      sink.entry(entry);
    };
    const field = recordField(record);
    entry.sqlState = field === 'error' && record.sqlState ? record.sqlState : undefined;
    // Nothing but its duration is used of a parse or bind step.
    if (field === 'log' && statement === '' && isStep(message)) {
      emit(field, message, detail === '');
      return;
    }
    emit(field, message, detail === '' && context === '' && statement === '');
    if (detail !== '') emit('detail', detail, context === '' && statement === '');
    if (context !== '') emit('context', context, statement === '');
    if (statement !== '') emit('statement', statement, true);
  };
}

/** By the severity's word, or by the SQLSTATE where the language is unknown: classes 00 to 02 are no errors. */
function recordField({ severity, sqlState }: WholeRecord): 'log' | 'error' | 'other' {
  if (severity === 'LOG') return 'log';
  const field = fieldOfWord(severity);
  if (field === 'log' || field === 'error' || field === 'other') return field;
  return sqlState === '' || /^0[012]/.test(sqlState) ? 'log' : 'error';
}
