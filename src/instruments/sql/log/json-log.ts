import type { LogParser, LogSink } from './log-entry.ts';
import { createRecordReader, type RecordReader } from './whole-record.ts';

/** Whether a line looks like a jsonlog record. */
export function isJsonHead(text: string): boolean {
  return text.startsWith('{"timestamp":') || (text.startsWith('{') && /"(error_severity|message)"\s*:/.test(text));
}

/**
 * Reads `log_destination = jsonlog` (PostgreSQL 15 and later): one object a line.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-JSONLOG
 */
export function createJsonParser(sink: LogSink): LogParser {
  const read = createRecordReader(sink);
  return {
    add(text, end) {
      if (!text.startsWith('{')) {
        if (text !== '') sink.fault('unrecognised');
        return;
      }
      const whole = parseObject(text);
      const record = whole ?? (end === 'long' ? parseCut(text) : undefined);
      if (!record) {
        sink.fault('damaged');
        return;
      }
      if (!whole) sink.fault('cut');
      emitRecord(record, whole === undefined, read);
    },
    end() {
      // Every line is a record by itself, so nothing is pending.
    },
  };
}

/** Reads a line that was cut within a string, perhaps within an escape, which has six characters at the most. */
function parseCut(text: string): Readonly<Record<string, unknown>> | undefined {
  for (let dropped = 0; dropped < 6; dropped++) {
    const record = parseObject(`${text.slice(0, text.length - dropped)}"}`);
    if (record) return record;
  }
  return undefined;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

function emitRecord(record: Readonly<Record<string, unknown>>, cut: boolean, read: RecordReader): void {
  // query_id has 64 bits and is not read: JSON.parse would round it.
  const field = (name: string) => {
    const value = record[name];
    return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  };
  read({
    timestamp: field('timestamp'),
    session: field('session_id') || field('pid'),
    user: field('user'),
    database: field('dbname'),
    application: field('application_name'),
    severity: field('error_severity'),
    sqlState: field('state_code'),
    message: field('message'),
    detail: field('detail'),
    context: field('context'),
    statement: field('statement'),
    cut,
  });
}
